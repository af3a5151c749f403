namespace AuthSidecar.Decisions.Pipeline;

/// <summary>An Allow that several requests share: caller and frozen edits.</summary>
internal sealed class SharedAnswer(Caller caller, UpstreamEdits edits)
{
    public Caller Caller => caller;

    public UpstreamEdits Edits => edits;

    /// <summary>The encoded answer, set by the transport after the first use; null before.</summary>
    public EncodedAnswer? Encoded { get; set; }
}

/// <summary>An Allow encoded for one transport.</summary>
internal abstract class EncodedAnswer;
