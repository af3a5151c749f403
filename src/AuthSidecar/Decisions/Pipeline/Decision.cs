using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Decisions.Pipeline;

/// <summary>
/// What the sidecar answers. Closed: only this file can add a kind, and an Allow cannot be made without a caller or the mark of a public
/// policy.
/// </summary>
internal abstract record Decision
{
    private Decision() { }

    /// <summary>As it is called outside: <c>allow</c>, <c>deny</c> or <c>close</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Why not, or null when it may pass.</summary>
    public abstract Denial? Refusal { get; }

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

        public Allow(SharedAnswer shared)
            : this(shared.Caller, shared.Edits) => Shared = shared;

        public Allow(PublicAccess access, UpstreamEdits edits)
        {
            ArgumentNullException.ThrowIfNull(access);
            ArgumentNullException.ThrowIfNull(edits);
            Edits = edits;
        }

        /// <summary>Null only under a public policy.</summary>
        public Caller? Caller { get; }

        public UpstreamEdits Edits { get; }

        /// <summary>The Allow that it is one of, or null when it was made for this request alone.</summary>
        public SharedAnswer? Shared { get; }

        public override string Name => "allow";

        public override Denial? Refusal => null;
    }

    /// <summary>The request is refused.</summary>
    internal sealed record Deny(Denial Denial) : Decision
    {
        public override string Name => "deny";

        public override Denial? Refusal => Denial;
    }

    /// <summary>The WebSocket is refused and led, without the client's credentials, to where it is opened and closed with a code.</summary>
    /// <param name="Denial">Why.</param>
    /// <param name="Edits">Take away whatever could be a credential, and tell the closer the code.</param>
    internal sealed record Close(Denial Denial, UpstreamEdits Edits) : Decision
    {
        public override string Name => "close";

        public override Denial? Refusal => Denial;
    }
}
