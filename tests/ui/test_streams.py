"""Streams: what the page applies, with targets that cannot break out."""

from __future__ import annotations

import pytest

from ui import streams


def test_a_stream_names_action_and_target():
    assert streams.bump("rows", "<li id='row-1'>x</li>") == (
        '<turbo-stream action="bump" target="rows"><template><li id=\'row-1\'>x</li></template></turbo-stream>'
    )
    assert 'method="morph"' in streams.replace("a", "<p></p>")
    assert 'method="morph"' not in streams.replace("a", "<p></p>", morph=False)


def test_a_hostile_target_stays_an_attribute():
    assert "<script" not in streams.remove('"><script>')


def test_an_unknown_action_is_an_error():
    with pytest.raises(ValueError, match="unknown stream action"):
        streams.stream("explode", "rows")


def test_the_response_has_turbos_type():
    response = streams.response([streams.append("a", "<p></p>"), streams.update("b", "1"), streams.prepend("c", "")])
    assert response["Content-Type"] == "text/vnd.turbo-stream.html; charset=utf-8"
    assert response.content.count(b"<turbo-stream ") == 3
