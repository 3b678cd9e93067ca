"""The example of the README is true."""

from pathlib import Path


def test_the_example_of_the_readme_is_true(serve, peer, capsys):
    server = serve(user="ada", paths=["/v1/projects"])
    code = (
        (Path(__file__).parents[1] / "README.md")
        .read_text()
        .split("```python\n")[1]
        .split("```")[0]
    )
    local = code.replace("Host(", "Host(allow_private=['127.0.0.1'], ")
    local = local.replace("https://api.example.com", peer.url)
    exec(local.replace('"api.example.com"', f'"127.0.0.1:{peer.port}"'), {})
    assert capsys.readouterr().out == "200\n"
    assert server.seen == {"none": 1, "good": 1}
