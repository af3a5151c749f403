namespace AuthSidecar.Usage.Observation;

/// <summary>A JSON field of a provider's API that is relevant for usage. All others are skipped.</summary>
internal enum UsageField : byte
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

    // Texts.
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

    // Input and output of the model, of which only the length matters.
    Text,
}

/// <summary>
/// Field names of all providers' APIs. One table for all: no name has two meanings, and a provider may also speak another's dialect, as
/// Gemini does OpenAI's.
/// </summary>
internal static class UsageFields
{
    /// <summary>The field of a member.</summary>
    public static UsageField Of(UsageField container, ReadOnlySpan<byte> name) =>
        container switch
        {
            UsageField.Root => OfRoot(name),
            UsageField.Request => OfRequest(name),
            UsageField.Response => OfResponse(name),
            UsageField.Message => OfMessage(name),
            UsageField.Choice => OfChoice(name),
            UsageField.Written => OfWritten(name),
            UsageField.Groq => name.SequenceEqual("usage"u8) ? UsageField.Usage : UsageField.None,
            UsageField.Usage => OfUsage(name),
            UsageField.InputDetails => OfInputDetails(name),
            UsageField.OutputDetails => name.SequenceEqual("reasoning_tokens"u8) || name.SequenceEqual("thinking_tokens"u8)
                ? UsageField.Reasoning
                : UsageField.None,
            UsageField.UsageMetadata => OfUsageMetadata(name),
            UsageField.Error => OfError(name),
            UsageField.Candidate => name.SequenceEqual("finishReason"u8) ? UsageField.FinishReason
            : name.SequenceEqual("content"u8) ? UsageField.Text
            : UsageField.None,
            UsageField.PromptFeedback => name.SequenceEqual("blockReason"u8) ? UsageField.FinishReason : UsageField.None,
            _ => UsageField.None,
        };

    /// <summary>The field of an array's elements.</summary>
    public static UsageField OfElement(UsageField array) =>
        array switch
        {
            // Gemini without SSE streams an array of responses.
            UsageField.Root => UsageField.Root,
            UsageField.Candidates => UsageField.Candidate,
            UsageField.Choices => UsageField.Choice,
            _ => UsageField.None,
        };

    public static bool IsObject(UsageField field) =>
        field is >= UsageField.Root and <= UsageField.Groq and not (UsageField.Candidates or UsageField.Choices);

    public static bool IsArray(UsageField field) => field is UsageField.Candidates or UsageField.Choices;

    public static bool IsCount(UsageField field) => field is >= UsageField.Input and <= UsageField.Reasoning;

    /// <summary>Wanted literals: the counts, and a boolean.</summary>
    public static bool IsLiteral(UsageField field) => IsCount(field) || field == UsageField.Store;

    public static bool IsText(UsageField field) => field is >= UsageField.Model and <= UsageField.Status or UsageField.Error;

    private static UsageField OfRoot(ReadOnlySpan<byte> name) =>
        name.Length switch
        {
            2 when name.SequenceEqual("id"u8) => UsageField.Id,
            4 when name.SequenceEqual("type"u8) => UsageField.Type,
            4 when name.SequenceEqual("code"u8) => UsageField.Code,
            5 when name.SequenceEqual("usage"u8) => UsageField.Usage,
            5 when name.SequenceEqual("model"u8) => UsageField.Model,
            5 when name.SequenceEqual("error"u8) => UsageField.Error,
            5 when name.SequenceEqual("delta"u8) || name.SequenceEqual("steps"u8) => UsageField.Text,
            6 when name.SequenceEqual("object"u8) => UsageField.Object,
            6 when name.SequenceEqual("status"u8) => UsageField.Status,
            6 when name.SequenceEqual("output"u8) => UsageField.Text,
            6 when name.SequenceEqual("x_groq"u8) => UsageField.Groq,
            7 when name.SequenceEqual("content"u8) || name.SequenceEqual("outputs"u8) => UsageField.Text,
            7 when name.SequenceEqual("choices"u8) => UsageField.Choices,
            7 when name.SequenceEqual("message"u8) => UsageField.Message,
            8 when name.SequenceEqual("response"u8) => UsageField.Response,
            10 when name.SequenceEqual("candidates"u8) => UsageField.Candidates,
            10 when name.SequenceEqual("event_type"u8) => UsageField.Type,
            11 when name.SequenceEqual("interaction"u8) => UsageField.Response,
            12 when name.SequenceEqual("modelVersion"u8) => UsageField.Model,
            13 when name.SequenceEqual("usageMetadata"u8) => UsageField.UsageMetadata,
            14 when name.SequenceEqual("promptFeedback"u8) => UsageField.PromptFeedback,
            _ => UsageField.None,
        };

    private static UsageField OfResponse(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("usage"u8) ? UsageField.Usage
        : name.SequenceEqual("model"u8) ? UsageField.Model
        : name.SequenceEqual("error"u8) ? UsageField.Error
        : name.SequenceEqual("id"u8) ? UsageField.Id
        : name.SequenceEqual("status"u8) ? UsageField.Status
        : UsageField.None;

    private static UsageField OfRequest(ReadOnlySpan<byte> name) =>
        name.Length switch
        {
            5 when name.SequenceEqual("model"u8) => UsageField.Model,
            5 when name.SequenceEqual("store"u8) => UsageField.Store,
            5 when name.SequenceEqual("input"u8) || name.SequenceEqual("tools"u8) => UsageField.Text,
            6 when name.SequenceEqual("prompt"u8) || name.SequenceEqual("system"u8) => UsageField.Text,
            8 when name.SequenceEqual("messages"u8) || name.SequenceEqual("contents"u8) => UsageField.Text,
            12 when name.SequenceEqual("instructions"u8) => UsageField.Text,
            17 when name.SequenceEqual("systemInstruction"u8) => UsageField.Text,
            18 when name.SequenceEqual("system_instruction"u8) => UsageField.Text,
            _ => UsageField.None,
        };

    private static UsageField OfMessage(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("usage"u8) ? UsageField.Usage
        : name.SequenceEqual("model"u8) ? UsageField.Model
        : name.SequenceEqual("content"u8) ? UsageField.Text
        : UsageField.None;

    // Moonshot sends the usage of a stream in its last choice.
    private static UsageField OfChoice(ReadOnlySpan<byte> name) =>
        name.Length switch
        {
            4 when name.SequenceEqual("text"u8) => UsageField.Text,
            5 when name.SequenceEqual("delta"u8) => UsageField.Written,
            5 when name.SequenceEqual("usage"u8) => UsageField.Usage,
            7 when name.SequenceEqual("message"u8) => UsageField.Written,
            13 when name.SequenceEqual("finish_reason"u8) => UsageField.FinishReason,
            _ => UsageField.None,
        };

    private static UsageField OfWritten(ReadOnlySpan<byte> name) =>
        name.Length switch
        {
            7 when name.SequenceEqual("content"u8) || name.SequenceEqual("refusal"u8) => UsageField.Text,
            9 when name.SequenceEqual("reasoning"u8) => UsageField.Text,
            10 when name.SequenceEqual("tool_calls"u8) => UsageField.Text,
            13 when name.SequenceEqual("function_call"u8) => UsageField.Text,
            17 when name.SequenceEqual("reasoning_content"u8) => UsageField.Text,
            _ => UsageField.None,
        };

    private static UsageField OfUsage(ReadOnlySpan<byte> name) =>
        name.Length switch
        {
            12 when name.SequenceEqual("input_tokens"u8) => UsageField.Input,
            13 when name.SequenceEqual("cached_tokens"u8) => UsageField.CachedRead,
            13 when name.SequenceEqual("output_tokens"u8) => UsageField.Output,
            13 when name.SequenceEqual("prompt_tokens"u8) => UsageField.Input,
            17 when name.SequenceEqual("completion_tokens"u8) => UsageField.Output,
            18 when name.SequenceEqual("total_input_tokens"u8) => UsageField.Input,
            19 when name.SequenceEqual("total_output_tokens"u8) => UsageField.Output,
            19 when name.SequenceEqual("total_cached_tokens"u8) => UsageField.CachedRead,
            20 when name.SequenceEqual("total_thought_tokens"u8) => UsageField.Reasoning,
            20 when name.SequenceEqual("input_tokens_details"u8) => UsageField.InputDetails,
            21 when name.SequenceEqual("output_tokens_details"u8) => UsageField.OutputDetails,
            21 when name.SequenceEqual("prompt_tokens_details"u8) => UsageField.InputDetails,
            22 when name.SequenceEqual("total_reasoning_tokens"u8) => UsageField.Reasoning,
            23 when name.SequenceEqual("cache_read_input_tokens"u8) => UsageField.CachedRead,
            23 when name.SequenceEqual("prompt_cache_hit_tokens"u8) => UsageField.CachedRead,
            25 when name.SequenceEqual("completion_tokens_details"u8) => UsageField.OutputDetails,
            27 when name.SequenceEqual("cache_creation_input_tokens"u8) => UsageField.CachedWrite,
            _ => UsageField.None,
        };

    private static UsageField OfInputDetails(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("cached_tokens"u8) ? UsageField.CachedRead
        : name.SequenceEqual("cache_write_tokens"u8) ? UsageField.CachedWrite
        : UsageField.None;

    private static UsageField OfUsageMetadata(ReadOnlySpan<byte> name) =>
        name.Length switch
        {
            16 when name.SequenceEqual("promptTokenCount"u8) => UsageField.Input,
            18 when name.SequenceEqual("thoughtsTokenCount"u8) => UsageField.Reasoning,
            20 when name.SequenceEqual("candidatesTokenCount"u8) => UsageField.Output,
            23 when name.SequenceEqual("cachedContentTokenCount"u8) => UsageField.CachedRead,
            _ => UsageField.None,
        };

    private static UsageField OfError(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("type"u8) ? UsageField.ErrorType
        : name.SequenceEqual("code"u8) ? UsageField.ErrorCode
        : name.SequenceEqual("status"u8) ? UsageField.ErrorStatus
        : UsageField.None;
}
