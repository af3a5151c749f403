using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Decisions.Pipeline;

/// <summary>
/// The result of a Check. Closed: only this file can add a kind, and an Allow requires a caller or a <see cref="PublicAccess"/>.
/// </summary>
internal abstract record Decision
{
    private Decision() { }

    /// <summary>Name in logs, metrics and metadata: <c>allow</c>, <c>deny</c> or <c>close</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The denial; null for an Allow.</summary>
    public abstract Denial? Denial { get; }

    /// <summary>The request passes with these edits.</summary>
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

        /// <summary>The shared Allow; null when it was made for this request only.</summary>
        public SharedAnswer? Shared { get; }

        public override string Name => "allow";

        public override Denial? Denial => null;
    }

    /// <summary>The request is denied.</summary>
    internal sealed record Deny(Denial Denial) : Decision
    {
        public override string Name => "deny";

        public override Denial Denial { get; } = Denial;
    }

    /// <summary>The WebSocket is denied: Envoy routes the upgrade, without the client's credentials, to the closer.</summary>
    /// <param name="Denial">The denial.</param>
    /// <param name="Edits">Remove every possible credential and pass the close code to the closer.</param>
    internal sealed record Close(Denial Denial, UpstreamEdits Edits) : Decision
    {
        public override string Name => "close";

        public override Denial Denial { get; } = Denial;
    }
}
