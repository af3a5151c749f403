using System.Runtime.InteropServices;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Usage.Pipeline;

/// <summary>
/// Reports that the writer has taken from the queue and not yet written. The decision of a request waits for the reports of its end, so
/// that its row is written once, and whole rows wait for others, so that they share a commit.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="mostRequests">Maximum number of requests whose end is awaited.</param>
internal sealed class HeldReports(TimeProvider time, int mostRequests)
{
    /// <summary>Age at which a report is written, with all that can be written then: it is in the store within a second.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(800);

    // Shorter: otherwise a decision would come of age at every moment, and commits would be small.
    private static readonly TimeSpan _longestForAnEnd = TimeSpan.FromMilliseconds(550);

    // Reports of ends are expected while some come: they may not be configured, or may go to another replica.
    private static readonly TimeSpan _memory = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, Request> _open = new(StringComparer.Ordinal);
    private readonly Queue<Request> _order = [];
    private readonly List<UsageReport> _ready = [];
    private long? _readySince;
    private long? _loggedAt;
    private long? _observedAt;
    private bool _isUrgent;
    private int _waiting;

    /// <summary>Number of reports.</summary>
    public int Count => _ready.Count + _waiting;

    /// <summary>When the oldest report was added; null: there is none.</summary>
    public long? Oldest
    {
        get
        {
            while (_order.TryPeek(out var first) && first.IsOver)
            {
                _order.Dequeue();
            }

            return _order.TryPeek(out var oldest) && !(_readySince < oldest.Since) ? oldest.Since : _readySince;
        }
    }

    /// <param name="reports">In the order of the queue.</param>
    /// <param name="now">A timestamp of the clock.</param>
    public void Add(List<UsageReport> reports, long now)
    {
        var expected = Expected(_loggedAt, now, UsageFacts.Logged) | Expected(_observedAt, now, UsageFacts.Observed);
        foreach (var report in reports)
        {
            if (report.Facts.HasFlag(UsageFacts.Decided))
            {
                Hold(report, expected, now);
            }
            else
            {
                Join(report, now);
            }
        }
    }

    /// <summary>Whether to write now: a report is old, a budget waits, or enough for a commit is ready.</summary>
    public bool IsDue(long now) =>
        _isUrgent
        || _ready.Count >= UsageWriter.MostReports
        || _open.Count > mostRequests
        || (Oldest is { } oldest && time.GetElapsedTime(oldest, now) >= Longest);

    /// <summary>Moves what is ready, and decisions that have waited long enough.</summary>
    public void TakeDue(List<UsageReport> batch, long now) =>
        Take(batch, request => _open.Count > mostRequests || time.GetElapsedTime(request.Since, now) >= _longestForAnEnd);

    /// <summary>Moves all reports.</summary>
    public void TakeAll(List<UsageReport> batch) => Take(batch, _ => true);

    private void Take(List<UsageReport> batch, Func<Request, bool> isOver)
    {
        while (_order.TryPeek(out var request) && (request.IsOver || isOver(request)))
        {
            _order.Dequeue();
            if (!request.IsOver)
            {
                Release(request);
            }
        }

        batch.AddRange(_ready);
        _ready.Clear();
        (_readySince, _isUrgent) = (null, false);
    }

    private UsageFacts Expected(long? at, long now, UsageFacts source) =>
        at is { } seen && time.GetElapsedTime(seen, now) < _memory ? source : UsageFacts.None;

    private void Hold(UsageReport decision, UsageFacts expected, long now)
    {
        // Envoy shows the observer no response of a denied request. What gives a reservation back does not wait.
        var isAllowed = decision.Decision == "allow";
        var awaited = isAllowed ? expected : expected & UsageFacts.Logged;
        var isOver = !isAllowed || decision.Facts.HasFlag(UsageFacts.Ended);
        if (awaited == UsageFacts.None || (isOver && decision.ReservedMicros is not null))
        {
            AddReady(decision, now);
            _isUrgent |= isOver && decision.ReservedMicros is not null;
            return;
        }

        ref var request = ref CollectionsMarshal.GetValueRefOrAddDefault(_open, decision.DecisionId, out var exists);
        if (exists)
        {
            AddReady(decision, now);
            return;
        }

        request = new(decision, awaited, now);
        _order.Enqueue(request);
        _waiting++;
    }

    private void Join(UsageReport report, long now)
    {
        _loggedAt = report.Facts.HasFlag(UsageFacts.Logged) ? now : _loggedAt;
        _observedAt = report.Facts.HasFlag(UsageFacts.Observed) ? now : _observedAt;
        var isEnd = report.Facts.HasFlag(UsageFacts.Ended);
        if (!_open.TryGetValue(report.DecisionId, out var request))
        {
            // Its decision may hold a reservation.
            _isUrgent |= isEnd;
            AddReady(report, now);
            return;
        }

        var isSettled = isEnd && request.Decision.ReservedMicros is not null;
        _isUrgent |= isSettled;
        request.Facts |= report.Facts;
        if (isSettled || request.First is not null || (request.Facts & request.Awaited) == request.Awaited)
        {
            Release(request);
            _ready.Add(report);
        }
        else
        {
            request.First = report;
            _waiting++;
        }
    }

    private void AddReady(UsageReport report, long now)
    {
        _ready.Add(report);
        _readySince ??= now;
    }

    private void Release(Request request)
    {
        _open.Remove(request.Decision.DecisionId);
        request.IsOver = true;
        _readySince = _readySince < request.Since ? _readySince : request.Since;
        _ready.Add(request.Decision);
        _waiting--;
        if (request.First is { } first)
        {
            _ready.Add(first);
            _waiting--;
        }
    }

    private sealed class Request(UsageReport decision, UsageFacts awaited, long since)
    {
        public UsageReport Decision => decision;

        public UsageFacts Awaited => awaited;

        public long Since => since;

        public UsageReport? First { get; set; }

        public UsageFacts Facts { get; set; }

        public bool IsOver { get; set; }
    }
}
