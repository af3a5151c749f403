using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Decisions.Pipeline;

/// <summary>
/// Caches the Allow of an identity, policy, app and restriction of codings, and reuses it for requests that agree in every fact declared by
/// the <see cref="EditStep"/>s of the list. Sharing needs explicit support: an undeclared fact or a fact unknown to this class turns the
/// cache off.
/// </summary>
internal sealed class AnswerCache
{
    private const AnswerFacts InKey = AnswerFacts.Identity | AnswerFacts.Policy | AnswerFacts.App | AnswerFacts.Codings;

    // Facts whose absence IsSpecial checks.
    private const AnswerFacts CanBeAbsent =
        AnswerFacts.Byok
        | AnswerFacts.Delegation
        | AnswerFacts.Upgrade
        | AnswerFacts.ForgedHeaders
        | AnswerFacts.PrivateHeaders
        | AnswerFacts.Connection
        | AnswerFacts.Subprotocol
        | AnswerFacts.Query
        | AnswerFacts.Assertion;

    // Facts in the metadata of each answer, independent of the steps.
    private const AnswerFacts InMetadata = AnswerFacts.Byok | AnswerFacts.Delegation | AnswerFacts.Upgrade;

    private readonly AnswerFacts _reads;
    private readonly bool _isOn;
    private readonly AnswerCache _owner;

    /// <param name="steps">All steps of the pipeline.</param>
    /// <param name="origin">Cache of a pipeline with the same <see cref="EditStep"/>s, to share its entries; null: own entries.</param>
    public AnswerCache(IReadOnlyList<ICheckStep> steps, AnswerCache? origin = null)
    {
        _owner = origin ?? this;
        var edits = steps.OfType<EditStep>().ToList();
        First = edits.Count == 0 ? -1 : steps.ToList().IndexOf(edits[0]);
        Last = First + edits.Count - 1;
        _reads = edits.Aggregate(InMetadata, (reads, step) => reads | step.Reads);

        // A hit skips all edit steps. A step between them could change a fact, and a skipped step must have no other effect than its edits.
        _isOn =
            edits.Count > 0
            && steps
                .Skip(First)
                .Take(edits.Count)
                .All(step => step is EditStep && step is { CanBeShadowed: false, AcquiresResources: false })
            && (_reads & ~(InKey | CanBeAbsent)) == 0;
    }

    /// <summary>Index of the first <see cref="EditStep"/>; -1: there is none.</summary>
    public int First { get; }

    /// <summary>Index of the last <see cref="EditStep"/>.</summary>
    public int Last { get; }

    /// <summary>True when the request can share an Allow. Called before the first <see cref="EditStep"/>.</summary>
    public bool MayShare(CheckContext context) =>
        _isOn
        && !context.HasEdits
        && context is { Identity: not null, Policy.Public: null }
        && (context.App is null || context.IsMember)
        && !IsSpecial(context);

    public SharedAnswer? Find(CheckContext context)
    {
        var shared = context.KnownIdentity.Answers.Find(new(_owner, context));
        if (shared is not null)
        {
            context.Caller = shared.Caller;
        }

        return shared;
    }

    /// <summary>Stores the edits that the steps have written, and freezes them.</summary>
    public SharedAnswer Add(CheckContext context)
    {
        context.Edits.Freeze();
        var shared = new SharedAnswer(context.Caller, context.Edits);
        context.KnownIdentity.Answers.Add(new(_owner, context), shared);
        return shared;
    }

    private bool IsSpecial(CheckContext context)
    {
        var headers = context.Request.Headers;
        return (Reads(AnswerFacts.Byok) && (context.IsByok || context.OwnCredential is not null))
            || (Reads(AnswerFacts.Delegation) && context.Delegation is not null)
            || (Reads(AnswerFacts.Upgrade) && context.Kind.HasFlag(RequestKind.WebSocket))
            || (Reads(AnswerFacts.ForgedHeaders) && headers.Forged is not null)
            || (Reads(AnswerFacts.PrivateHeaders) && headers.Private is not null && context.Policy.Provider is not null)
            || (Reads(AnswerFacts.Connection) && headers.Has(KnownHeader.Connection))
            || (Reads(AnswerFacts.Subprotocol) && headers.Has(KnownHeader.SecWebSocketProtocol))
            || (Reads(AnswerFacts.Query) && !context.Request.Query.IsEmpty)
            || (Reads(AnswerFacts.Assertion) && context.Policy.Options.Assertion);
    }

    private bool Reads(AnswerFacts fact) => (_reads & fact) != 0;

    /// <summary>
    /// Lock-free entries of one identity. A reload creates new policy objects and an invalidation new app facts, so newer entries displace
    /// stale ones.
    /// </summary>
    internal sealed class Slot
    {
        private const int Capacity = 4;
        private Entry[] _entries = [];

        public SharedAnswer? Find(in Key key)
        {
            foreach (ref readonly var entry in Volatile.Read(ref _entries).AsSpan())
            {
                if (entry.Key.Is(key))
                {
                    return entry.Answer;
                }
            }

            return null;
        }

        // A lost race only costs one more run of the edit steps.
        public void Add(in Key key, SharedAnswer answer)
        {
            var entries = Volatile.Read(ref _entries);
            Volatile.Write(ref _entries, [new(key, answer), .. entries.Take(Capacity - 1)]);
        }

        private readonly record struct Entry(Key Key, SharedAnswer Answer);
    }

    /// <summary>Compared by reference. The identity is included because copies of an identity share their slot.</summary>
    internal readonly struct Key(AnswerCache owner, CheckContext context)
    {
        private readonly AnswerCache _owner = owner;
        private readonly Identity? _identity = context.Identity;
        private readonly Policy _policy = context.Policy;
        private readonly AppFacts? _app = context.App;
        private readonly string? _codings = context.Codings;

        public bool Is(in Key other) =>
            ReferenceEquals(_policy, other._policy)
            && ReferenceEquals(_identity, other._identity)
            && ReferenceEquals(_app, other._app)
            && ReferenceEquals(_codings, other._codings)
            && ReferenceEquals(_owner, other._owner);
    }
}
