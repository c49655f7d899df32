"""A foreign website for development: a lamp maker's two pages with nothing of ours but the widget's snippet."""
