"""The local engine's Elasticsearch: an authenticated, durable gateway in front of osmem.

``python -m lab.runtimes.search_gateway --port P --data-dir D --password-file F``

osmem (``osmem-server``) is an in-memory, OpenSearch-compatible server: it answers without
credentials, refuses the media types of the Elasticsearch clients and forgets everything when
it stops. This package adds what is missing, and nothing else:

=================  ==============================================================================
``auth``           HTTP basic credentials, checked in constant time
``media``          Elasticsearch's vendor media types ⇄ plain JSON
``routes``         what each request is: a read, a write, or something this engine does not do
``refusals``       what the engine would get silently wrong, refused in French with a 400
``analysis``       the text analysis settings the engine really applies
``dialect``        the few requests that Elasticsearch and OpenSearch spell differently
``bulk``           bulk bodies: ids chosen before the journal, failed items left out of it
``journal``        the append-only journal of acknowledged writes, and its snapshots
``compaction``     export of the engine's state when the journal outgrows its bound
``engine``         the osmem process and the HTTP client to it
``namespace``      runs osmem in a network namespace of its own, where only we hold sockets
``gateway``        the state machine: ready, recovering; one write at a time
``app``            the ASGI application
=================  ==============================================================================

Durability: a write reaches the journal before the engine and is acknowledged after both, so that
``kill -9`` of either process, or of both, loses nothing acknowledged. The journal is not fsynced
unless ``--fsync`` is given: the page cache outlives a process, not a power cut.
"""
