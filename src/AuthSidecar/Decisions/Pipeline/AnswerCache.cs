using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Decisions.Pipeline;

/// <summary>
/// Caches the Allow of an identity, policy, app and restriction of codings, and reuses it for requests that agree in every fact declared by
/// the <see cref="EditStep"/>s of the list. Sharing needs explicit support: an undeclared fact or a fact unknown to this class turns the
/// cache off. Only identities that ask often have answers here, in bounded memory: preparing one costs more than it saves for the others.
/// </summary>
internal sealed class AnswerCache
{
    /// <summary>Requests of an identity without a shared answer, before one is prepared.</summary>
    public const int AskedBefore = 2;

    /// <summary>Bound on the estimated memory of all shared answers.</summary>
    public const long MostBytes = 32 << 20;

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
    private readonly SharedAnswers _shared;

    /// <param name="steps">All steps of the pipeline.</param>
    /// <param name="origin">Cache of a pipeline with the same <see cref="EditStep"/>s, to share its entries; null: own entries.</param>
    /// <param name="mostBytes">Bound of own entries.</param>
    public AnswerCache(IReadOnlyList<ICheckStep> steps, AnswerCache? origin = null, long mostBytes = MostBytes)
    {
        _owner = origin ?? this;
        _shared = origin?._shared ?? new(mostBytes);
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

    /// <summary>Freezes the edits that the steps have written, and stores them for an identity that asks often.</summary>
    /// <returns>Null: not stored.</returns>
    public SharedAnswer? Add(CheckContext context)
    {
        context.Edits.Freeze();
        var slot = context.KnownIdentity.Answers;
        if (!slot.CountRequest())
        {
            return null;
        }

        var shared = new SharedAnswer(context.Caller, context.Edits);
        return _shared.TryAdd(slot, new(_owner, context), shared) ? shared : null;
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
    /// Entries of one identity: reads are lock-free, <see cref="SharedAnswers"/> serializes writes. A reload creates new policy objects and
    /// an invalidation new app facts, so newer entries displace stale ones.
    /// </summary>
    internal sealed class Slot
    {
        private const int Capacity = 4;
        private Entry[] _entries = [];
        private int _asked;

        /// <summary>Counts a request without a shared answer. One of racing requests may not count, which only delays sharing.</summary>
        /// <returns>True: the identity asks often.</returns>
        public bool CountRequest() => _asked >= AskedBefore || _asked++ >= AskedBefore;

        public SharedAnswer? Find(in Key key)
        {
            foreach (var entry in Volatile.Read(ref _entries))
            {
                if (entry.Key.Is(key))
                {
                    entry.MarkRead();
                    return entry.Answer;
                }
            }

            return null;
        }

        /// <returns>The entry that was displaced, or null.</returns>
        public Entry? Add(Entry added)
        {
            var entries = _entries;
            Volatile.Write(ref _entries, [added, .. entries.Take(Capacity - 1)]);
            return entries.Length == Capacity ? entries[^1] : null;
        }

        public void Remove(Entry removed) => Volatile.Write(ref _entries, [.. _entries.Where(entry => entry != removed)]);
    }

    /// <summary>A shared answer and where it is found.</summary>
    internal sealed class Entry(Slot slot, Key key, SharedAnswer answer)
    {
        public readonly Key Key = key;

        public Slot Slot => slot;

        public SharedAnswer Answer => answer;

        /// <summary>Read since the last visit of the clock hand.</summary>
        public bool WasRead { get; set; }

        /// <summary>Index in <see cref="SharedAnswers"/>, which owns it.</summary>
        public int Index { get; set; }

        // Writing only once keeps the cache line shared among cores.
        public void MarkRead()
        {
            if (!WasRead)
            {
                WasRead = true;
            }
        }
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
