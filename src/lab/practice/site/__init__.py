"""The ASGI site of the practice web; `app.create_app` builds it from a `World`."""
