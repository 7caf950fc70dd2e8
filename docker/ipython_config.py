"""Each kernel of our image."""

c = get_config()  # noqa: F821  (given by IPython)
c.InteractiveShellApp.extensions = ["lab.inspector"]
