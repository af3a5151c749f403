namespace AuthSidecar.Usage.Observation;

/// <summary>Kind of a document or event, and its API.</summary>
internal enum EventKind : byte
{
    Unknown,

    /// <summary>OpenAI Chat Completions (and the older Completions).</summary>
    Chat,

    /// <summary>OpenAI Responses.</summary>
    Response,

    /// <summary>The last event of OpenAI Responses, successful or not.</summary>
    ResponseEnd,

    ResponseFailed,

    /// <summary>An event of OpenAI Responses without a response object: a delta, or unknown.</summary>
    ResponsePart,

    /// <summary>Anthropic Messages.</summary>
    Message,

    /// <summary>The last event of Anthropic Messages.</summary>
    MessageEnd,

    /// <summary>An event of Anthropic Messages that has neither usage nor model.</summary>
    MessagePart,

    /// <summary>Gemini.</summary>
    Gemini,

    /// <summary>Gemini's Interactions.</summary>
    Interaction,

    /// <summary>The last event of Gemini's Interactions.</summary>
    InteractionEnd,

    /// <summary>An event of Gemini's Interactions without the object: a step, a piece of content, a status.</summary>
    InteractionPart,

    /// <summary>The last event of OpenAI's images, transcriptions and speech.</summary>
    MediaEnd,

    /// <summary>An error event of OpenAI Responses or Anthropic.</summary>
    Error,
}

internal static class EventKinds
{
    public static EventKind OfType(ReadOnlySpan<byte> type) =>
        type switch
        {
            _ when type.StartsWith("response."u8) => OfResponse(type["response.".Length..]),
            _ when type.StartsWith("interaction."u8) => OfInteraction(type["interaction.".Length..]),
            _ when type.StartsWith("step."u8) || type.StartsWith("content."u8) => EventKind.InteractionPart,
            _ when type.SequenceEqual("message_stop"u8) => EventKind.MessageEnd,
            _ when type.SequenceEqual("message"u8) || type.SequenceEqual("message_start"u8) || type.SequenceEqual("message_delta"u8) =>
                EventKind.Message,
            _ when type.SequenceEqual("content_block_start"u8)
                    || type.SequenceEqual("content_block_delta"u8)
                    || type.SequenceEqual("content_block_stop"u8) => EventKind.MessagePart,
            _ when type.SequenceEqual("image_generation.completed"u8) || type.SequenceEqual("image_edit.completed"u8) => EventKind.MediaEnd,
            _ when type.SequenceEqual("transcript.text.done"u8) || type.SequenceEqual("speech.audio.done"u8) => EventKind.MediaEnd,
            _ when type.SequenceEqual("error"u8) => EventKind.Error,
            _ => EventKind.Unknown,
        };

    public static EventKind OfObject(ReadOnlySpan<byte> name) =>
        name switch
        {
            _ when name.StartsWith("chat.completion"u8) || name.SequenceEqual("text_completion"u8) => EventKind.Chat,
            _ when name.SequenceEqual("response"u8) => EventKind.Response,
            _ when name.SequenceEqual("interaction"u8) => EventKind.Interaction,
            _ => EventKind.Unknown,
        };

    /// <summary>The API of a kind.</summary>
    public static EventKind ApiOf(EventKind kind) =>
        kind switch
        {
            EventKind.ResponseEnd or EventKind.ResponseFailed or EventKind.ResponsePart => EventKind.Response,
            EventKind.MessageEnd or EventKind.MessagePart => EventKind.Message,
            EventKind.InteractionEnd => EventKind.Interaction,
            EventKind.Error or EventKind.InteractionPart => EventKind.Unknown,
            _ => kind,
        };

    /// <summary>May contain usage and model.</summary>
    public static bool HasUsage(EventKind kind) =>
        kind
            is not (
                EventKind.ResponsePart
                or EventKind.MessageEnd
                or EventKind.MessagePart
                or EventKind.InteractionPart
                or EventKind.Error
            );

    // The shorter names are those before May 2026.
    private static EventKind OfInteraction(ReadOnlySpan<byte> type) =>
        type switch
        {
            _ when type.SequenceEqual("completed"u8) || type.SequenceEqual("complete"u8) => EventKind.InteractionEnd,
            _ when type.SequenceEqual("created"u8) || type.SequenceEqual("start"u8) => EventKind.Interaction,
            _ => EventKind.InteractionPart,
        };

    private static EventKind OfResponse(ReadOnlySpan<byte> type) =>
        type switch
        {
            _ when type.SequenceEqual("completed"u8)
                    || type.SequenceEqual("incomplete"u8)
                    || type.SequenceEqual("cancelled"u8)
                    || type.SequenceEqual("done"u8) => EventKind.ResponseEnd,
            _ when type.SequenceEqual("failed"u8) => EventKind.ResponseFailed,
            _ when type.SequenceEqual("created"u8) || type.SequenceEqual("queued"u8) || type.SequenceEqual("in_progress"u8) =>
                EventKind.Response,
            _ => EventKind.ResponsePart,
        };
}
