"""The development catcher: a mail server that delivers nothing, keeps real MIME files and shows them in the browser."""
