namespace AuthSidecar.Decisions.Pipeline;

/// <summary>An Allow that serves several requests: its caller and its edits, which can no longer change.</summary>
internal sealed class SharedAnswer(Caller caller, UpstreamEdits edits)
{
    public Caller Caller => caller;

    public UpstreamEdits Edits => edits;

    /// <summary>What an edge has encoded of it, or null.</summary>
    public EncodedAnswer? Encoded { get; set; }
}

/// <summary>An Allow in the bytes of one edge, encoded once.</summary>
internal abstract class EncodedAnswer;
