"""monitor: news and patches around Huawei and HarmonyOS, in a terminal."""

__version__ = "0.1.0"
