"""The terminal screen: the only part that reaches Textual or Rich."""
