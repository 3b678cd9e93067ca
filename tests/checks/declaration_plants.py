"""Plugins whose declarations have one fault."""

from .planting import plant

API_KEY = '    api_key: Secret = field(label="API key", description="Settings > Developers.")'
MORE = f"{API_KEY}\n"
TEXT = """    text: str = field(
        label="Text", description="What the message says.", default=path("$.properties.text")
    )"""
POST = '''def post_message(client: Client, payload: Message, idempotency_key: str) -> None:
    """Post a message to a channel."""'''
PRESET = (
    """presets=[Preset("Orders", 'event = "Order Completed"', {"text": path("$.properties.id")})]"""
)
BATCH = """def post_messages(
    client: Client, payloads: Sequence[Message], idempotency_key: str
) -> Outcomes:"""
RETURNS = "    return Outcomes.delivered(payloads)"


def naming(made, word):
    """Let the README name a setting that a plant adds."""
    made.changes["README.md"] = [("`api_key`", f"`api_key`, `{word}`")]
    return made


def setting(line):
    return (MORE, f"{MORE}    {line}\n")


def payload(line):
    return (TEXT, f"{TEXT}\n    {line}")


LOADING = [
    plant("PC101", "a name that is not defined", ("import attrs\n", "import attrs\n\nSIZE = undefined\n")),
    plant("PC101", "a syntax error", ("import attrs\n", "import attrs\n\nSIZE = = 1\n")),
    plant("PC102", "a hook misspelt", ("def extend_request", "def extend_requests")),
    plant("PC103", "an argument misspelt", ("def extend_request(settings: Settings)", "def extend_request(setings: Settings)"), ("{settings.", "{setings.")),
    plant("PC104", "a class", ("@hookimpl\ndef actions() -> list[Action]:\n    return [post_message]", "class plugin:\n    @hookimpl\n    def actions(self) -> list[Action]:\n        return [post_message]")),
    plant("PC105", "no hosts", ('@hookimpl\ndef allowed_hosts() -> list[str]:\n    return ["*.acme.example"]\n', "")),
    plant("PC106", "an async hook", ("def test_authentication", "async def test_authentication")),
    plant("PC106", "an async action", ("def post_message(", "async def post_message(")),
    plant("PC107", "a scheme misspelt", ("@hookimpl\ndef auth_fields", '@hookimpl\ndef auth_scheme() -> str:\n    return "bassic"\n\n\n@hookimpl\ndef auth_fields')),
    plant("PC108", "settings that are not attrs class", ("@attrs.frozen\nclass Settings:", "class Settings:")),
    plant("PC109", "an argument that no action has", ("payload: Message, idempotency_key: str) -> None", "payload: Message, idempotency_key: str, config: object) -> None")),
    plant("PC110", "a payload that is a dict", ("payload: Message, idempotency_key: str) -> None", "payload: dict[str, str], idempotency_key: str) -> None")),
    plant("PC111", "a hook without @hookimpl", ("@hookimpl\ndef test_authentication", "def test_authentication")),
]  # fmt: skip
LOADING[4].changes["pyproject.toml"] = [('acme = "portcall_acme"', 'acme = "portcall_acme:plugin"')]
HOSTS = '["*.acme.example"]'
REACHING = [
    plant("PC112", "every host", (HOSTS, '["*.com"]')),
    naming(plant("PC112", "any name of a hosting provider", (HOSTS, '["*.acme.example", "*.herokuapp.com"]')), "*.herokuapp.com"),
    plant("PC113", "a URL as a host", (HOSTS, '["*.acme.example", "https://acme.example/api"]')),
    plant("PC114", "a setting that there is not", (HOSTS, '["*.acme.example", "{endpoint}"]')),
    plant("PC115", "settings that need more than they say", (MORE, f'{MORE}\n    def __attrs_post_init__(self) -> None:\n        if len(self.subdomain) < 9:\n            raise ValueError("Subdomain is too short")\n')),
    plant("PC116", "a base URL elsewhere", ("acme.example/api", "acme-api.example/api")),
    plant("PC117", "plain http", ("@attrs.frozen\nclass Message", 'HOME = "http://www.acme.example"\n\n\n@attrs.frozen\nclass Message')),
    plant("PC118", "a payload that is always expected", ("def extend_request(settings: Settings)", "def extend_request(settings: Settings, payload: Message)"), ('f"Bearer {settings.api_key}"', 'f"Bearer {settings.api_key}{payload.text}"')),
    plant("PC119", "no way to ask for the identity", ('@hookimpl\ndef test_authentication(client: Client) -> str:\n    return str(client.get("/me").json()["name"])\n', "")),
]  # fmt: skip
INPUTS = [
    plant("PC120", "a bare annotation", payload("note: str | None = None")),
    plant("PC121", "a label that is the name", payload('note: str | None = field(label="note", default=None)')),
    plant("PC122", "a setting without description", ('description="Settings > Developers."', 'description=""')),
    naming(plant("PC123", "a token that is text", setting('webhook_token: str = field(label="Token", description="Of the webhook.", default="")')), "webhook_token"),
    naming(plant("PC124", "a default out of bounds", setting('port: int = field(label="Port", description="Mostly 443.", default=70000, maximum=65535)')), "port"),
    plant("PC124", "a default of a payload that is not a choice", payload('tone: str = field(label="Tone", choices=["loud", "low"], default="soft")')),
    plant("PC125", "a placeholder of another format", payload('link: str | None = field(label="Link", format="uri", placeholder="acme", default=None)')),
    plant("PC126", "one choice twice", payload('tone: str | None = field(label="Tone", choices=["loud", "low", "loud"], default=None)')),
    plant("PC127", "choices that nothing lists", ('@post_message.choices("channel")\n', "")),
    plant("PC128", "a sync mode that there is not", payload('note: str | None = field(label="Note", default=None, depends_on={"@sync_mode": "delete"})')),
    plant("PC129", "a payload that can be changed", ("@attrs.frozen\nclass Message", "@attrs.define\nclass Message")),
    plant("PC130", "a required field without a mapping", payload('note: str = field(label="Note")')),
    plant("PC131", "a payload without fields", ("@hookimpl\ndef actions() -> list[Action]:\n    return [post_message]", '@attrs.frozen\nclass Nothing:\n    """No field."""\n\n\n@action(title="Ping")\ndef ping(client: Client, payload: Nothing) -> None:\n    """Ping it."""\n    client.post("/ping")\n\n\n@hookimpl\ndef actions() -> list[Action]:\n    return [post_message, ping]')),
]  # fmt: skip
INPUTS[-1].changes["README.md"] = [("`post_message`", "`post_message`, `ping`")]
OFFERING = [
    plant("PC140", "no actions", ("return [post_message]", "return []")),
    plant("PC141", "no title", ('title="Post a message"', 'title=""')),
    plant("PC142", "no docstring", ('    """Post a message to a channel."""\n', "")),
    plant("PC143", "one name twice", ("return [post_message]", "return [post_message, post_message]")),
    plant("PC144", "a filter that ends early", ("'type = \"track\"'", "'type ='")),
    plant("PC145", "a path that is a number", ('path("$.properties.text")', "path(7)")),
    plant("PC146", "a preset's filter that ends early", ("'event = \"Order Completed\"'", "'event = '")),
    plant("PC147", "a preset for another field", ('{"text": path("$.properties.id")}', '{"txt": path("$.properties.id")}')),
    plant("PC148", "a preset with a directive misspelt", ('{"text": path("$.properties.id")}', '{"text": {"@paht": "$.properties.id"}}')),
    plant("PC149", "a preset without a name", ('Preset("Orders"', 'Preset(" "')),
    plant("PC150", "payloads annotated as dicts", ("payloads: Sequence[Message]", "payloads: Sequence[dict[str, str]]")),
    plant("PC150", "payloads read as dicts", ('json=[{"text": each.text, "channel": each.channel} for each in payloads]', 'json=[{"text": each["text"]} for each in payloads]')),
    plant("PC151", "a batch of a million", ("batch(size=100)", "batch(size=1_000_000)")),
    plant("PC152", "a batch that returns nothing", (f"{RETURNS}\n", "")),
    plant("PC153", "an action that is not offered", ("@hookimpl\ndef actions()", '@action(title="Say it")\ndef say(client: Client, payload: Message) -> None:\n    """Say it."""\n    client.post("/say", json={"text": payload.text})\n\n\n@hookimpl\ndef actions()')),
    plant("PC156", "Liquid in a template", ('path("$.properties.text")', 'template("{{ properties.text | upcase }}")'), ("    path,\n", "    path,\n    template,\n")),
    plant("PC156", "a brace that is not closed", ('{"text": path("$.properties.id")}', '{"text": {"@template": "Order {{ properties.id }"}}')),
    plant("PC154", "modes that nothing looks at", ('    title="Post a message",', '    title="Post a message",\n    sync_modes=["upsert", "delete"],')),
    plant("PC155", "a key in one of the two", (BATCH, "def post_messages(client: Client, payloads: Sequence[Message]) -> Outcomes:"), ('for each in payloads],\n        headers={"Idempotency-Key": idempotency_key},', "for each in payloads],")),
]  # fmt: skip
PLANTS = [*LOADING, *REACHING, *INPUTS, *OFFERING]
