package dev.noid.gateway.http;

import io.javalin.http.Handler;

/// One route. All of them in one list: what the server serves, what a test compares with openapi.yaml.
///
/// @param method `GET`, `POST`, `DELETE`, or `WS` for a WebSocket
/// @param path   with `{parameter}`
public record Route(String method, String path, Scope scope, Handler handler) {}
