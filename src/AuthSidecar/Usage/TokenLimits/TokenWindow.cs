namespace AuthSidecar.Usage.TokenLimits;

/// <summary>Tokens of one request, at the time of its Check, in the windows that it has not left.</summary>
internal sealed class TokenReservation(string decisionId, long at, long tokens)
{
    public string DecisionId => decisionId;

    public long At => at;

    public long Tokens { get; private set; } = tokens;

    public List<TokenWindow> Windows { get; } = new(3);

    public void Settle(long count)
    {
        foreach (var window in Windows)
        {
            window.Sum += count - Tokens;
        }

        Tokens = count;
    }
}

/// <summary>The reservations of one bucket, oldest first. Not safe for threads.</summary>
internal sealed class TokenWindow
{
    private readonly LinkedList<TokenReservation> _reservations = new();

    public long Sum { get; set; }

    public bool IsEmpty => _reservations.Count == 0;

    /// <summary>Length in timestamps when it was last used.</summary>
    public long Length { get; set; }

    public void Add(TokenReservation reservation)
    {
        _reservations.AddLast(reservation);
        reservation.Windows.Add(this);
        Sum += reservation.Tokens;
    }

    /// <summary>Removes a reservation; searched from the newest.</summary>
    public void Remove(TokenReservation reservation)
    {
        if (_reservations.FindLast(reservation) is { } node)
        {
            _reservations.Remove(node);
            Sum -= reservation.Tokens;
        }
    }

    /// <summary>Removes what has left the window.</summary>
    /// <param name="now">Current timestamp.</param>
    /// <param name="left">Called for reservations that are in no window any more.</param>
    public void Trim(long now, Action<TokenReservation> left)
    {
        while (_reservations.First?.Value is { } oldest && oldest.At + Length <= now)
        {
            _reservations.RemoveFirst();
            Sum -= oldest.Tokens;
            oldest.Windows.Remove(this);
            if (oldest.Windows.Count == 0)
            {
                left(oldest);
            }
        }
    }

    /// <summary>Timestamps until so many tokens have left; the window's length when all of them do not suffice.</summary>
    public long UntilLeft(long tokens, long now)
    {
        foreach (var reservation in _reservations)
        {
            tokens -= reservation.Tokens;
            if (tokens <= 0)
            {
                return Math.Max(1, reservation.At + Length - now);
            }
        }

        return Length;
    }

    /// <summary>Timestamps until the oldest tokens leave.</summary>
    public long UntilOldestLeaves(long now) => _reservations.First?.Value is { } oldest ? Math.Max(0, oldest.At + Length - now) : 0;
}
