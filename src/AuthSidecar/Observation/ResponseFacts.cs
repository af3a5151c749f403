namespace AuthSidecar.Observation;

/// <summary>What the response has said so far, over all its events.</summary>
internal sealed class ResponseFacts
{
    private readonly BoundedText _id = new(256);
    private readonly BoundedText _status = new(32);
    private TokenCounts _counts;
    private bool _hasFinishReason;

    /// <summary>The last number of each. While the object is being made there are none: what it has used so far is not what it will be billed for.</summary>
    public TokenCounts Counts => ObjectStatus.IsRunning(_status) ? default : _counts;

    public BoundedText Model { get; } = new(128);

    /// <summary>Whose API speaks, as far as that can be told.</summary>
    public EventKind Api { get; private set; }

    /// <summary>The API's own mark of the end was seen.</summary>
    public bool HasEndMark { get; private set; }

    /// <summary>Its model has finished and its usage was shown: nothing is missing of a stream that ends there without its mark.</summary>
    public bool IsFinished => Api == EventKind.Chat && _hasFinishReason && !_counts.IsEmpty;

    /// <summary>The object whose final usage this is, or one that is still being made; null: none.</summary>
    public string? ObjectId => _id.IsEmpty || (_counts.IsEmpty && !ObjectStatus.IsRunning(_status)) ? null : _id.ToString();

    public bool HasError { get; private set; }

    /// <summary>The upstream's name of its error, or <see cref="ErrorNames.Unnamed"/>.</summary>
    public string? ErrorType { get; private set; }

    /// <summary>Takes what a whole document said.</summary>
    public void Take(ExtractedFields fields)
    {
        TakeUsage(fields);
        TakeRest(fields, fields.HasError);
    }

    /// <summary>Takes what an event said. One of a type that is not known says nothing, and of those that are known only some have a usage.</summary>
    public void TakeEvent(ExtractedFields fields, bool isCalledError)
    {
        var (kind, api) = (fields.Kind, EventKinds.ApiOf(fields.Kind));
        var isUnknown = kind == EventKind.Unknown && (fields.HasType || Api is EventKind.Message or EventKind.Response);
        var isForeign = Api != EventKind.Unknown && api != EventKind.Unknown && api != Api;
        if (EventKinds.HasUsage(kind) && !isUnknown && !isForeign)
        {
            TakeUsage(fields);
        }

        var hasError = fields.HasError && !(isUnknown && fields.HasType) && kind is not (EventKind.ResponsePart or EventKind.MessagePart);
        if (!isForeign || hasError || isCalledError)
        {
            TakeRest(fields, hasError, isCalledError);
        }
    }

    /// <summary>OpenAI's <c>[DONE]</c>.</summary>
    public void TakeDone() => HasEndMark |= Api is EventKind.Chat or EventKind.Unknown;

    private void TakeUsage(ExtractedFields fields)
    {
        _counts.Take(fields.Counts);
        Model.Take(fields.Model);
        _id.Take(fields.Id);
        _status.Take(fields.Status);
        _hasFinishReason |= fields.HasFinishReason;
    }

    private void TakeRest(ExtractedFields fields, bool hasError, bool isCalledError = false)
    {
        var kind = fields.Kind;
        Recognize(kind, hasError);
        HasEndMark |= kind is EventKind.ResponseEnd or EventKind.ResponseFailed or EventKind.MessageEnd or EventKind.MediaEnd || (Api == EventKind.Gemini && fields.HasFinishReason);
        if (hasError || isCalledError || kind is EventKind.Error or EventKind.ResponseFailed)
        {
            HasError = true;
            ErrorType = fields.Error.IsEmpty ? ErrorType ?? ErrorNames.Unnamed : fields.Error.ToString();
        }
    }

    private void Recognize(EventKind kind, bool hasError)
    {
        if (Api != EventKind.Unknown)
        {
            return;
        }

        Api = kind switch
        {
            // The same word in two APIs: only Anthropic's has an object beside it.
            EventKind.Error => hasError ? EventKind.Message : EventKind.Unknown,
            _ => EventKinds.ApiOf(kind),
        };
    }
}
