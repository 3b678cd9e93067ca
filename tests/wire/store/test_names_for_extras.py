"""What extras know a connection by, for state that they keep for each connection."""

from types import SimpleNamespace

from portcall import Host, RequestOptions, hookimpl
from portcall.store import SQLiteStore
from portcall.testing import Reply


def host_of(folder, peer, seen):
    def send_request(request):
        seen.append(request.connection)
        return (yield)

    counted = SimpleNamespace(
        allowed_hosts=hookimpl(lambda: [f"127.0.0.1:{peer.port}"]),
        extend_request=hookimpl(lambda: RequestOptions(base_url=peer.url)),
    )
    return Host(
        [SimpleNamespace(send_request=hookimpl(send_request, wrapper=True))],
        allow_private=["127.0.0.1"],
        plugins={"counted": counted},
        store=SQLiteStore(folder),
    )


def test_a_stored_connection_has_its_name_in_every_host(peer, tmp_path):
    peer.route("GET", "/x", Reply(204))
    seen = []
    with host_of(tmp_path, peer, seen) as host:
        host.connections.create("shop", "counted", {})
        host.destination("counted").connect({}).client.get("/x")
        host.open("shop").client.get("/x")
    with host_of(tmp_path, peer, seen) as host:
        host.open("shop").client.get("/x")
    assert seen[1:] == ["shop", "shop"]


def test_connections_that_are_not_stored_have_a_name_each_that_none_in_a_store_has(peer, tmp_path):
    peer.route("GET", "/x", Reply(204))
    seen = []
    with host_of(tmp_path, peer, seen) as host:
        for _ in range(2):
            host.destination("counted").connect({}).client.get("/x")
    assert len(set(seen)) == 2
    assert all("#" in each for each in seen)
