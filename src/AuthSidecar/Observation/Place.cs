namespace AuthSidecar.Observation;

/// <summary>A place in a provider's JSON at which something worth knowing may stand. Everything else is passed over.</summary>
internal enum Place : byte
{
    None,

    // Containers.
    Root,
    Request,
    Response,
    Message,
    Usage,
    InputDetails,
    OutputDetails,
    UsageMetadata,
    Error,
    Candidates,
    Candidate,
    PromptFeedback,
    Choices,
    Choice,
    Written,
    Groq,

    // Counts.
    Input,
    Output,
    CachedRead,
    CachedWrite,
    Reasoning,

    // Words.
    Model,
    Type,
    Object,
    Code,
    ErrorType,
    ErrorCode,
    ErrorStatus,
    FinishReason,
    Id,
    Status,

    // A literal.
    Store,

    // What was written by or for the model, of which only the length matters.
    Text,
}

/// <summary>
/// Which names the providers' references give to what we look for. The tables of all of them are one, because no name means two things,
/// and because a provider may also speak another's dialect, as Gemini does OpenAI's.
/// </summary>
internal static class Places
{
    /// <summary>What stands in an object under a name.</summary>
    public static Place Of(Place container, ReadOnlySpan<byte> name) => container switch
    {
        Place.Root => OfRoot(name),
        Place.Request => OfRequest(name),
        Place.Response => OfResponse(name),
        Place.Message => OfMessage(name),
        Place.Choice => OfChoice(name),
        Place.Written => OfWritten(name),
        Place.Groq => name.SequenceEqual("usage"u8) ? Place.Usage : Place.None,
        Place.Usage => OfUsage(name),
        Place.InputDetails => OfInputDetails(name),
        Place.OutputDetails => name.SequenceEqual("reasoning_tokens"u8) || name.SequenceEqual("thinking_tokens"u8) ? Place.Reasoning : Place.None,
        Place.UsageMetadata => OfUsageMetadata(name),
        Place.Error => OfError(name),
        Place.Candidate => name.SequenceEqual("finishReason"u8) ? Place.FinishReason : name.SequenceEqual("content"u8) ? Place.Text : Place.None,
        Place.PromptFeedback => name.SequenceEqual("blockReason"u8) ? Place.FinishReason : Place.None,
        _ => Place.None,
    };

    /// <summary>What an array's elements are.</summary>
    public static Place OfElement(Place array) => array switch
    {
        // Gemini without SSE streams one array of answers.
        Place.Root => Place.Root,
        Place.Candidates => Place.Candidate,
        Place.Choices => Place.Choice,
        _ => Place.None,
    };

    public static bool IsObject(Place place) => place is >= Place.Root and <= Place.Groq and not (Place.Candidates or Place.Choices);

    public static bool IsArray(Place place) => place is Place.Candidates or Place.Choices;

    public static bool IsCount(Place place) => place is >= Place.Input and <= Place.Reasoning;

    /// <summary>Literals that are wanted: the counts, and one that is true or not.</summary>
    public static bool IsLiteral(Place place) => IsCount(place) || place == Place.Store;

    public static bool IsText(Place place) => place is >= Place.Model and <= Place.Status or Place.Error;

    private static Place OfRoot(ReadOnlySpan<byte> name) => name.Length switch
    {
        2 when name.SequenceEqual("id"u8) => Place.Id,
        4 when name.SequenceEqual("type"u8) => Place.Type,
        4 when name.SequenceEqual("code"u8) => Place.Code,
        5 when name.SequenceEqual("usage"u8) => Place.Usage,
        5 when name.SequenceEqual("model"u8) => Place.Model,
        5 when name.SequenceEqual("error"u8) => Place.Error,
        5 when name.SequenceEqual("delta"u8) => Place.Text,
        6 when name.SequenceEqual("object"u8) => Place.Object,
        6 when name.SequenceEqual("status"u8) => Place.Status,
        6 when name.SequenceEqual("output"u8) => Place.Text,
        6 when name.SequenceEqual("x_groq"u8) => Place.Groq,
        7 when name.SequenceEqual("content"u8) => Place.Text,
        7 when name.SequenceEqual("choices"u8) => Place.Choices,
        7 when name.SequenceEqual("message"u8) => Place.Message,
        8 when name.SequenceEqual("response"u8) => Place.Response,
        10 when name.SequenceEqual("candidates"u8) => Place.Candidates,
        12 when name.SequenceEqual("modelVersion"u8) => Place.Model,
        13 when name.SequenceEqual("usageMetadata"u8) => Place.UsageMetadata,
        14 when name.SequenceEqual("promptFeedback"u8) => Place.PromptFeedback,
        _ => Place.None,
    };

    private static Place OfResponse(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("usage"u8) ? Place.Usage
        : name.SequenceEqual("model"u8) ? Place.Model
        : name.SequenceEqual("error"u8) ? Place.Error
        : name.SequenceEqual("id"u8) ? Place.Id
        : name.SequenceEqual("status"u8) ? Place.Status
        : Place.None;

    private static Place OfRequest(ReadOnlySpan<byte> name) => name.Length switch
    {
        5 when name.SequenceEqual("model"u8) => Place.Model,
        5 when name.SequenceEqual("store"u8) => Place.Store,
        5 when name.SequenceEqual("input"u8) || name.SequenceEqual("tools"u8) => Place.Text,
        6 when name.SequenceEqual("prompt"u8) || name.SequenceEqual("system"u8) => Place.Text,
        8 when name.SequenceEqual("messages"u8) || name.SequenceEqual("contents"u8) => Place.Text,
        12 when name.SequenceEqual("instructions"u8) => Place.Text,
        17 when name.SequenceEqual("systemInstruction"u8) => Place.Text,
        18 when name.SequenceEqual("system_instruction"u8) => Place.Text,
        _ => Place.None,
    };

    private static Place OfMessage(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("usage"u8) ? Place.Usage
        : name.SequenceEqual("model"u8) ? Place.Model
        : name.SequenceEqual("content"u8) ? Place.Text
        : Place.None;

    // Moonshot puts the usage of a stream into its last choice.
    private static Place OfChoice(ReadOnlySpan<byte> name) => name.Length switch
    {
        4 when name.SequenceEqual("text"u8) => Place.Text,
        5 when name.SequenceEqual("delta"u8) => Place.Written,
        5 when name.SequenceEqual("usage"u8) => Place.Usage,
        7 when name.SequenceEqual("message"u8) => Place.Written,
        13 when name.SequenceEqual("finish_reason"u8) => Place.FinishReason,
        _ => Place.None,
    };

    private static Place OfWritten(ReadOnlySpan<byte> name) => name.Length switch
    {
        7 when name.SequenceEqual("content"u8) || name.SequenceEqual("refusal"u8) => Place.Text,
        9 when name.SequenceEqual("reasoning"u8) => Place.Text,
        10 when name.SequenceEqual("tool_calls"u8) => Place.Text,
        13 when name.SequenceEqual("function_call"u8) => Place.Text,
        17 when name.SequenceEqual("reasoning_content"u8) => Place.Text,
        _ => Place.None,
    };

    private static Place OfUsage(ReadOnlySpan<byte> name) => name.Length switch
    {
        12 when name.SequenceEqual("input_tokens"u8) => Place.Input,
        13 when name.SequenceEqual("cached_tokens"u8) => Place.CachedRead,
        13 when name.SequenceEqual("output_tokens"u8) => Place.Output,
        13 when name.SequenceEqual("prompt_tokens"u8) => Place.Input,
        17 when name.SequenceEqual("completion_tokens"u8) => Place.Output,
        20 when name.SequenceEqual("input_tokens_details"u8) => Place.InputDetails,
        21 when name.SequenceEqual("output_tokens_details"u8) => Place.OutputDetails,
        21 when name.SequenceEqual("prompt_tokens_details"u8) => Place.InputDetails,
        23 when name.SequenceEqual("cache_read_input_tokens"u8) => Place.CachedRead,
        23 when name.SequenceEqual("prompt_cache_hit_tokens"u8) => Place.CachedRead,
        25 when name.SequenceEqual("completion_tokens_details"u8) => Place.OutputDetails,
        27 when name.SequenceEqual("cache_creation_input_tokens"u8) => Place.CachedWrite,
        _ => Place.None,
    };

    private static Place OfInputDetails(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("cached_tokens"u8) ? Place.CachedRead
        : name.SequenceEqual("cache_write_tokens"u8) ? Place.CachedWrite
        : Place.None;

    private static Place OfUsageMetadata(ReadOnlySpan<byte> name) => name.Length switch
    {
        16 when name.SequenceEqual("promptTokenCount"u8) => Place.Input,
        18 when name.SequenceEqual("thoughtsTokenCount"u8) => Place.Reasoning,
        20 when name.SequenceEqual("candidatesTokenCount"u8) => Place.Output,
        23 when name.SequenceEqual("cachedContentTokenCount"u8) => Place.CachedRead,
        _ => Place.None,
    };

    private static Place OfError(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("type"u8) ? Place.ErrorType
        : name.SequenceEqual("code"u8) ? Place.ErrorCode
        : name.SequenceEqual("status"u8) ? Place.ErrorStatus
        : Place.None;
}
