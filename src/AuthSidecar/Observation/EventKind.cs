namespace AuthSidecar.Observation;

/// <summary>What kind of document or event of which API it is.</summary>
internal enum EventKind : byte
{
    Unknown,

    /// <summary>OpenAI Chat Completions (and the older Completions).</summary>
    Chat,

    /// <summary>OpenAI Responses.</summary>
    Response,

    /// <summary>The last event of OpenAI Responses, whatever became of it.</summary>
    ResponseEnd,

    ResponseFailed,

    /// <summary>Anthropic Messages.</summary>
    Message,

    /// <summary>The last event of Anthropic Messages.</summary>
    MessageEnd,

    /// <summary>Gemini.</summary>
    Gemini,

    /// <summary>An error in the shape of OpenAI Responses and of Anthropic.</summary>
    Error,
}

internal static class EventKinds
{
    public static EventKind OfType(ReadOnlySpan<byte> type) => type switch
    {
        _ when type.StartsWith("response."u8) => OfResponse(type["response.".Length..]),
        _ when type.SequenceEqual("message_stop"u8) => EventKind.MessageEnd,
        _ when type.SequenceEqual("message"u8) || type.SequenceEqual("message_start"u8) || type.SequenceEqual("message_delta"u8) || type.StartsWith("content_block_"u8) => EventKind.Message,
        _ when type.SequenceEqual("error"u8) => EventKind.Error,
        _ => EventKind.Unknown,
    };

    public static EventKind OfObject(ReadOnlySpan<byte> name) => name switch
    {
        _ when name.StartsWith("chat.completion"u8) || name.SequenceEqual("text_completion"u8) => EventKind.Chat,
        _ when name.SequenceEqual("response"u8) => EventKind.Response,
        _ => EventKind.Unknown,
    };

    private static EventKind OfResponse(ReadOnlySpan<byte> type) => type switch
    {
        _ when type.SequenceEqual("completed"u8) || type.SequenceEqual("incomplete"u8) => EventKind.ResponseEnd,
        _ when type.SequenceEqual("failed"u8) => EventKind.ResponseFailed,
        _ => EventKind.Response,
    };
}
