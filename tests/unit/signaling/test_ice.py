"""ICE servers from settings."""

from signaling.ice import IceServers


def test_without_settings_there_are_none_and_no_public_server_is_asked() -> None:
    servers = IceServers((), (), "")
    assert servers.for_user("amira") == []
    assert servers.configuration().iceServers == []


def test_stun_is_for_everybody_and_turn_comes_with_the_users_credentials() -> None:
    servers = IceServers(("stun:s.example",), ("turn:t.example", "turn:t.example?transport=tcp"), "secret")
    stun, turn = servers.for_user("amira")
    assert stun == {"urls": ["stun:s.example"]}
    assert turn["urls"] == ["turn:t.example", "turn:t.example?transport=tcp"]
    assert turn["username"].endswith(":amira")
    assert servers.for_user(None)[1]["username"].endswith(":guest")
    assert [server.urls for server in servers.configuration().iceServers or []] == ["stun:s.example"]
