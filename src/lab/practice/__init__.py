"""The practice web: a news site, a shop and a JSON API generated from a seed.

It belongs to floor 0 of the lab and imports nothing from the other rooms.  `World` holds the
parameters, `truth` the answer key, `site` the ASGI application, ``python -m lab.practice`` the
server.
"""
