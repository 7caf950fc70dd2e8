"""Try a project (``lab review --run``): its own compose file, made safe, in throw-away containers.

``clean`` writes the commit in an empty folder; ``composing`` has Compose itself resolve the file;
``rules`` says what no project may ask; ``safe`` writes the file that really runs; ``attempt``
builds, starts, looks and tears down; ``weighing`` says what that changes in the review. No line of
a student runs on the host: Compose and git read their files, containers run their code.
"""
