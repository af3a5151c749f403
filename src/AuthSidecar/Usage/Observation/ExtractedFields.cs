namespace AuthSidecar.Usage.Observation;

/// <summary>Fields extracted from one JSON document: an event or a whole body.</summary>
internal sealed class ExtractedFields
{
    private const int MaxModelLength = 128;
    private const int MaxErrorLength = 64;
    private const int MaxIdLength = 256;
    private const int MaxStatusLength = 32;

    private TokenCounts _counts;
    private ErrorRank _rank;

    private enum ErrorRank
    {
        None,
        RootCode,
        Code,
        Status,
        Type,
    }

    public ref readonly TokenCounts Counts => ref _counts;

    public BoundedText Model { get; } = new(MaxModelLength);

    /// <summary>The upstream's error name; may be empty.</summary>
    public BoundedText Error { get; } = new(MaxErrorLength);

    /// <summary>Contains an error object or text, whatever its type.</summary>
    public bool HasError { get; private set; }

    /// <summary>From its type, or else from its members.</summary>
    public EventKind Kind { get; private set; }

    /// <summary>Gemini's marker of the end of a response, and Chat Completions' of a choice.</summary>
    public bool HasFinishReason { get; private set; }

    /// <summary>Has a <c>type</c> member.</summary>
    public bool HasType { get; private set; }

    /// <summary>Audio in base64, which is not text.</summary>
    public bool IsAudio { get; private set; }

    /// <summary>Request: the provider is asked to store the result.</summary>
    public bool Stores { get; private set; }

    /// <summary>Id of the object.</summary>
    public BoundedText Id { get; } = new(MaxIdLength);

    /// <summary>Status of the object.</summary>
    public BoundedText Status { get; } = new(MaxStatusLength);

    public void Clear()
    {
        _counts = default;
        _rank = ErrorRank.None;
        Model.Clear();
        Error.Clear();
        HasError = false;
        Kind = EventKind.Unknown;
        HasFinishReason = false;
        HasType = false;
        IsAudio = false;
        Stores = false;
        Id.Clear();
        Status.Clear();
    }

    public void Open(UsageField field)
    {
        switch (field)
        {
            case UsageField.Choices:
                Suggest(EventKind.Chat);
                break;
            case UsageField.Candidates or UsageField.UsageMetadata or UsageField.PromptFeedback:
                Suggest(EventKind.Gemini);
                break;
            case UsageField.Error:
                HasError = true;
                break;
        }
    }

    public void Literal(UsageField field, ReadOnlySpan<byte> literal)
    {
        if (field == UsageField.Store)
        {
            Stores = literal.SequenceEqual("true"u8);
        }
        else
        {
            _counts.Set(field, literal);
        }
    }

    public void Text(UsageField field, ReadOnlySpan<byte> text)
    {
        switch (field)
        {
            case UsageField.Model:
                Model.Set(text);
                break;
            case UsageField.Type:
                HasType = true;
                IsAudio = text.EndsWith("audio.delta"u8);
                Kind = EventKinds.OfType(text) is var kind and not EventKind.Unknown ? kind : Kind;
                break;
            case UsageField.Id:
                Id.Set(text);
                break;
            case UsageField.Status:
                Status.Set(text);
                break;
            case UsageField.Object:
                Suggest(EventKinds.OfObject(text));
                break;
            case UsageField.FinishReason:
                HasFinishReason |= !text.IsEmpty;
                break;
            case UsageField.Error:
                HasError |= !text.IsEmpty;
                break;
            case UsageField.ErrorType:
                Name(ErrorRank.Type, text);
                break;
            case UsageField.ErrorStatus:
                Name(ErrorRank.Status, text);
                break;
            case UsageField.ErrorCode:
                Name(ErrorRank.Code, text);
                break;
            case UsageField.Code:
                // Only for events of type error; the type may follow later.
                Name(ErrorRank.RootCode, text);
                break;
        }
    }

    // An explicit type has precedence.
    private void Suggest(EventKind kind) => Kind = Kind == EventKind.Unknown ? kind : Kind;

    private void Name(ErrorRank rank, ReadOnlySpan<byte> text)
    {
        if (rank >= _rank && ErrorNames.IsName(text))
        {
            _rank = rank;
            Error.Set(text);
        }
    }
}
