namespace AuthSidecar.Usage.Observation;

/// <summary>Facts gathered from a response so far, over all its events.</summary>
internal sealed class ResponseFacts
{
    private readonly BoundedText _id = new(256);
    private readonly BoundedText _status = new(32);
    private TokenCounts _counts;
    private bool _hasFinishReason;

    /// <summary>The last value of each count. Empty while the object is unfinished: the provider bills its final usage.</summary>
    public TokenCounts Counts => IsRunning ? default : _counts;

    public BoundedText Model { get; } = new(128);

    /// <summary>The API; unknown until an event identifies it.</summary>
    public EventKind Api { get; private set; }

    /// <summary>The API's end marker was seen.</summary>
    public bool HasEndMark { get; private set; }

    /// <summary>The model has finished and usage was shown: a stream that ends here without its end marker is complete.</summary>
    public bool IsFinished => Api == EventKind.Chat && _hasFinishReason && !_counts.IsEmpty;

    /// <summary>The object with this final usage, or an unfinished one; null: none.</summary>
    public string? ObjectId => _id.IsEmpty || (_counts.IsEmpty && !IsRunning) ? null : _id.ToString();

    public bool HasError { get; private set; }

    // An interaction that requires action is over: its answer is another interaction.
    private bool IsRunning => ObjectStatus.IsRunning(_status) && !(Api == EventKind.Interaction && _status.ToString() == "requires_action");

    /// <summary>The upstream's error name, or <see cref="ErrorNames.Unnamed"/>.</summary>
    public string? ErrorType { get; private set; }

    /// <summary>Adds the fields of a whole document.</summary>
    public void Take(ExtractedFields fields)
    {
        TakeUsage(fields);
        TakeRest(fields, fields.HasError);
    }

    /// <summary>Adds the fields of an event. Unknown types are ignored, and only some known types have usage.</summary>
    public void TakeEvent(ExtractedFields fields, bool isCalledError)
    {
        var (kind, api) = (fields.Kind, EventKinds.ApiOf(fields.Kind));
        var isUnknown =
            kind == EventKind.Unknown && (fields.HasType || Api is EventKind.Message or EventKind.Response or EventKind.Interaction);
        var isForeign = Api != EventKind.Unknown && api != EventKind.Unknown && api != Api;
        if (EventKinds.HasUsage(kind) && !isUnknown && !isForeign)
        {
            TakeUsage(fields);
        }

        var hasError =
            fields.HasError
            && !(isUnknown && fields.HasType)
            && kind is not (EventKind.ResponsePart or EventKind.MessagePart or EventKind.InteractionPart);
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
        if (fields.Kind == EventKind.InteractionEnd)
        {
            // The last event may leave out the status.
            _status.Clear();
        }

        _status.Take(fields.Status);
        _hasFinishReason |= fields.HasFinishReason;
    }

    private void TakeRest(ExtractedFields fields, bool hasError, bool isCalledError = false)
    {
        var kind = fields.Kind;
        Recognize(kind, hasError);
        HasEndMark |=
            kind
                is EventKind.ResponseEnd
                    or EventKind.ResponseFailed
                    or EventKind.MessageEnd
                    or EventKind.InteractionEnd
                    or EventKind.MediaEnd
            || (Api == EventKind.Gemini && fields.HasFinishReason);
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
            // Two APIs share this type: only Anthropic's has an error object.
            EventKind.Error => hasError ? EventKind.Message : EventKind.Unknown,
            _ => EventKinds.ApiOf(kind),
        };
    }
}
