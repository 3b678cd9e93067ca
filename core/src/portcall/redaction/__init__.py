"""Keep secrets out of what people read: messages, notes and tracebacks.

`Redactor` and `secrets_in` find them, `redact_body` makes an excerpt of an answer,
`redact_exception` and `forget_frames` clean an error that is about to leave. Nothing of portcall
writes to a log, and of urllib3 only what connects is used, so there is no log to clean.
"""
