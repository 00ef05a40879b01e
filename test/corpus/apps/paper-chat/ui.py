from html import escape


def badge(name: str) -> str:
    return f'<span class="badge">{escape(name)}</span>'


def bubble(role: str, text: str) -> str:
    side = "right" if role == "you" else "left"
    return f'<div class="bubble {side}">{text}</div>'
