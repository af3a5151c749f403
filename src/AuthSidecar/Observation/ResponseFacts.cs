namespace AuthSidecar.Observation;

/// <summary>What the response has said so far, over all its events.</summary>
internal sealed class ResponseFacts
{
    private TokenCounts _counts;

    public ref readonly TokenCounts Counts => ref _counts;

    public Word Model { get; } = new(128);

    /// <summary>Whose API speaks, as far as that can be told.</summary>
    public EventKind Api { get; private set; }

    /// <summary>The API's own mark of the end was seen.</summary>
    public bool HasEndMark { get; private set; }

    public bool HasError { get; private set; }

    /// <summary>The upstream's name of its error, or <see cref="ErrorNames.Unnamed"/>.</summary>
    public string? ErrorType { get; private set; }

    /// <summary>Takes what a whole document or event said.</summary>
    public void Take(JsonFindings findings, bool isCalledError = false)
    {
        _counts.Take(findings.Counts);
        Model.Take(findings.Model);
        var kind = findings.Kind;
        Recognize(kind, findings.HasError);
        HasEndMark |= kind is EventKind.ResponseEnd or EventKind.ResponseFailed or EventKind.MessageEnd || (Api == EventKind.Gemini && findings.HasFinishReason);
        if (findings.HasError || isCalledError || kind is EventKind.Error or EventKind.ResponseFailed)
        {
            HasError = true;
            ErrorType = findings.Error.IsEmpty ? ErrorType ?? ErrorNames.Unnamed : findings.Error.ToString();
        }
    }

    /// <summary>OpenAI's <c>[DONE]</c>.</summary>
    public void TakeDone() => HasEndMark |= Api is EventKind.Chat or EventKind.Unknown;

    private void Recognize(EventKind kind, bool hasError)
    {
        if (Api != EventKind.Unknown)
        {
            return;
        }

        Api = kind switch
        {
            EventKind.ResponseEnd or EventKind.ResponseFailed => EventKind.Response,
            EventKind.MessageEnd => EventKind.Message,

            // The same word in two APIs: only Anthropic's has an object beside it.
            EventKind.Error => hasError ? EventKind.Message : EventKind.Unknown,
            _ => kind,
        };
    }
}
