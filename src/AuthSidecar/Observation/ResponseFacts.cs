namespace AuthSidecar.Observation;

/// <summary>What the response has said so far, over all its events.</summary>
internal sealed class ResponseFacts
{
    private readonly Word _id = new(256);
    private readonly Word _status = new(32);
    private TokenCounts _counts;
    private bool _hasFinishReason;

    /// <summary>The last number of each. While the object is being made there are none: what it has used so far is not what it will be billed for.</summary>
    public TokenCounts Counts => ObjectStatus.IsRunning(_status) ? default : _counts;

    public Word Model { get; } = new(128);

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
    public void Take(JsonFindings findings)
    {
        TakeUsage(findings);
        TakeRest(findings, findings.HasError);
    }

    /// <summary>Takes what an event said. One of a type that is not known says nothing, and of those that are known only some have a usage.</summary>
    public void TakeEvent(JsonFindings findings, bool isCalledError)
    {
        var (kind, api) = (findings.Kind, EventKinds.ApiOf(findings.Kind));
        var isUnknown = kind == EventKind.Unknown && (findings.HasType || Api is EventKind.Message or EventKind.Response);
        var isForeign = Api != EventKind.Unknown && api != EventKind.Unknown && api != Api;
        if (EventKinds.HasUsage(kind) && !isUnknown && !isForeign)
        {
            TakeUsage(findings);
        }

        var hasError = findings.HasError && !(isUnknown && findings.HasType) && kind is not (EventKind.ResponsePart or EventKind.MessagePart);
        if (!isForeign || hasError || isCalledError)
        {
            TakeRest(findings, hasError, isCalledError);
        }
    }

    /// <summary>OpenAI's <c>[DONE]</c>.</summary>
    public void TakeDone() => HasEndMark |= Api is EventKind.Chat or EventKind.Unknown;

    private void TakeUsage(JsonFindings findings)
    {
        _counts.Take(findings.Counts);
        Model.Take(findings.Model);
        _id.Take(findings.Id);
        _status.Take(findings.Status);
        _hasFinishReason |= findings.HasFinishReason;
    }

    private void TakeRest(JsonFindings findings, bool hasError, bool isCalledError = false)
    {
        var kind = findings.Kind;
        Recognize(kind, hasError);
        HasEndMark |= kind is EventKind.ResponseEnd or EventKind.ResponseFailed or EventKind.MessageEnd or EventKind.MediaEnd || (Api == EventKind.Gemini && findings.HasFinishReason);
        if (hasError || isCalledError || kind is EventKind.Error or EventKind.ResponseFailed)
        {
            HasError = true;
            ErrorType = findings.Error.IsEmpty ? ErrorType ?? ErrorNames.Unnamed : findings.Error.ToString();
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
