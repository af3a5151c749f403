namespace AuthSidecar.Pipeline;

/// <summary>What the sidecar answers. Closed: only this file can add a kind, and an Allow cannot be made without a caller or the mark of a public policy.</summary>
internal abstract record Decision
{
    private Decision()
    {
    }

    /// <summary>The request may pass, with these edits.</summary>
    internal sealed record Allow : Decision
    {
        public Allow(Caller caller, UpstreamEdits edits)
        {
            ArgumentNullException.ThrowIfNull(caller);
            ArgumentNullException.ThrowIfNull(edits);
            Caller = caller;
            Edits = edits;
        }

        public Allow(PublicAccess access, UpstreamEdits edits)
        {
            ArgumentNullException.ThrowIfNull(access);
            ArgumentNullException.ThrowIfNull(edits);
            Edits = edits;
        }

        /// <summary>Null only under a public policy.</summary>
        public Caller? Caller { get; }

        public UpstreamEdits Edits { get; }
    }

    /// <summary>The request is refused.</summary>
    internal sealed record Deny(Denial Denial) : Decision;
}
