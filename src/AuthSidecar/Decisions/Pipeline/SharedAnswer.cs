namespace AuthSidecar.Decisions.Pipeline;

/// <summary>An Allow that several requests share: caller and frozen edits.</summary>
internal sealed class SharedAnswer
{
    private const int PerAnswer = 1_536;
    private const int PerHeader = 32;

    public SharedAnswer(Caller caller, UpstreamEdits edits)
    {
        (Caller, Edits) = (caller, edits);

        // A value counts three times: its text, and its copy in the encoded answer.
        EstimatedBytes =
            PerAnswer
            + edits.Set.Sum(header => PerHeader + header.Key.Length + (3L * header.Value.Length))
            + edits.Remove.Sum(name => PerHeader + (long)name.Length);
    }

    public Caller Caller { get; }

    public UpstreamEdits Edits { get; }

    /// <summary>Memory of this answer, with its encoded form.</summary>
    public long EstimatedBytes { get; }

    /// <summary>The encoded answer, set by the transport after the first use; null before.</summary>
    public EncodedAnswer? Encoded { get; set; }
}

/// <summary>An Allow encoded for one transport.</summary>
internal abstract class EncodedAnswer;
