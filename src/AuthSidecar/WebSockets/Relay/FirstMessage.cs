using System.Text.Json;
using AuthSidecar.Decisions.Text;

namespace AuthSidecar.WebSockets.Relay;

/// <summary>A client's first message: <c>{"type":"auth","token":"…"}</c>, one text message.</summary>
internal static class FirstMessage
{
    public const int MostBytes = 16 * 1024;

    /// <returns>The token, or why there is none; null and null: the client closed the socket.</returns>
    /// <exception cref="FrameException">Protocol violation, or the message is too big.</exception>
    public static async Task<(string? Token, CloseReason? Failure)> ReceiveAsync(WebSocketPeer client, CancellationToken cancellationToken)
    {
        client.MostBytes = MostBytes;
        using var message = new MemoryStream();
        while (await client.ReadAsync(cancellationToken) is { } part)
        {
            switch (part.Opcode)
            {
                case Opcode.Close:
                    return default;
                case Opcode.Binary:
                    return (null, CloseReason.NotText);
            }

            message.Write(part.Payload);
            if (part.IsFinal)
            {
                return Read(message.GetBuffer().AsSpan(0, (int)message.Length));
            }
        }

        return default;
    }

    public static (string? Token, CloseReason? Failure) Read(ReadOnlySpan<byte> message)
    {
        if (StrictJson.ReadObject(message) is not { } members)
        {
            return (null, CloseReason.InvalidJson);
        }

        if (StrictJson.Text(members, "type") != "auth")
        {
            return (null, CloseReason.NotAuth);
        }

        return StrictJson.Text(members, "token") is { } token && !string.IsNullOrWhiteSpace(token)
            ? (token, null)
            : (null, CloseReason.MissingToken);
    }

    /// <summary>The answer to the first message: <c>{"type":"auth_response","success":…}</c>.</summary>
    public static FramePart Answer(bool isSuccess)
    {
        var text = JsonSerializer.SerializeToUtf8Bytes(new AuthResponse("auth_response", isSuccess), JsonSerializerOptions.Web);
        var frame = new byte[FrameHeader.Longest + text.Length];
        text.CopyTo(frame, FrameHeader.Longest);
        return new(Opcode.Text, true, new(frame, FrameHeader.Longest, text.Length));
    }

    private sealed record AuthResponse(string Type, bool Success);
}
