"""Being told: what an alert says at its target, how it gets there, and what waits on the way.

`message` and `text` are pure: an alert or a digest as words. `webhook`, `ntfy`, `through_apprise`,
`command` and `desktop` are the targets, one `send` each; `courier` delivers to them.
"""
