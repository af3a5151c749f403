using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.WebSockets.Relay;

/// <summary>
/// An open WebSocket between a client and its upstream. Both directions are pumped until both peers have sent close frames or a deadline
/// passes.
/// </summary>
internal sealed class RelayedSocket(WebSocketPeer client, WebSocketPeer upstream, RelayTimeouts times, TimeProvider time)
{
    private readonly long _opened = time.GetTimestamp();
    private long _abortAt = long.MaxValue;
    private CloseReason? _reason;
    private volatile bool _isClosing;
    private volatile AuthorizationSnapshot? _authorization;

    /// <summary>The decision that allowed it.</summary>
    public required string DecisionId { get; init; }

    /// <summary>The request that each reauthorization decides on.</summary>
    public required InboundRequest Request { get; init; }

    /// <summary>The policy's upstream address at the time of the decision.</summary>
    public required string Relay { get; init; }

    /// <summary>Its lease, or null.</summary>
    public SocketLease? Lease { get; init; }

    /// <summary>True when it counts among the caller's running requests.</summary>
    public bool IsCounted { get; init; }

    /// <summary>The facts that authorize it; replaced by each reauthorization.</summary>
    public required AuthorizationSnapshot Authorization
    {
        get => _authorization!;
        set => _authorization = value;
    }

    /// <summary>Timestamp of the next reauthorization.</summary>
    public long ReauthorizeAt { get; set; }

    /// <summary>Timestamp of the next lease renewal.</summary>
    public long RenewAt { get; set; }

    /// <summary>True once the relay has closed it.</summary>
    public bool IsClosing => _isClosing;

    public TimeSpan Age => time.GetElapsedTime(_opened);

    /// <returns>Why it ended.</returns>
    public async Task<CloseReason> RunAsync()
    {
        await Task.WhenAll(PumpAsync(client, upstream, CloseReason.ClientGone), PumpAsync(upstream, client, CloseReason.UpstreamGone));
        return _reason ?? CloseReason.Closed;
    }

    /// <summary>Closes both peers, in a bounded time.</summary>
    /// <param name="reason">Sent to the client.</param>
    /// <param name="upstreamReason">Sent to the upstream; null: <see cref="CloseReason.ClientGone"/>.</param>
    public void Close(CloseReason reason, CloseReason? upstreamReason = null)
    {
        Note(reason);
        _isClosing = true;
        Within(times.Close);
        _ = client.CloseAsync(reason);

        // Off this thread: when thousands are closed at once, no client waits for another's upstream.
        ThreadPool.QueueUserWorkItem(
            static close => _ = close.upstream.CloseAsync(close.reason),
            (upstream, reason: upstreamReason ?? CloseReason.ClientGone),
            preferLocal: false
        );
    }

    /// <summary>Checks every deadline of the socket.</summary>
    public void Tick()
    {
        if (time.GetTimestamp() >= Volatile.Read(ref _abortAt))
        {
            Abort();
            return;
        }

        if (!_isClosing)
        {
            if (Authorization.Identity.ExpiresAt is { } expiry && time.GetUtcNow() > expiry)
            {
                Close(CloseReason.Of(Denials.TokenExpired));
            }
            else if (Authorization.Longest is { } longest && Age >= longest)
            {
                Close(CloseReason.TooLong);
            }
        }

        foreach (var peer in (ReadOnlySpan<WebSocketPeer>)[client, upstream])
        {
            if (!peer.Probe())
            {
                peer.Abort();
            }
        }
    }

    public void Abort()
    {
        client.Abort();
        upstream.Abort();
    }

    private async Task PumpAsync(WebSocketPeer from, WebSocketPeer to, CloseReason whenGone)
    {
        try
        {
            while (await from.ReadAsync(CancellationToken.None) is { } part)
            {
                if (part.Opcode == Opcode.Close)
                {
                    Note(CloseReason.Closed);
                    Within(times.HalfClosed);
                    await PassAsync(part, to);
                    return;
                }

                await PassAsync(part, to);
            }
        }
        catch (FrameException wrong)
        {
            var isTooBig = wrong.CloseReason == CloseReason.MessageTooBig;
            Note(wrong.CloseReason);
            Within(times.Close);
            await Task.WhenAll(from.CloseAsync(wrong.CloseReason), to.CloseAsync(isTooBig ? wrong.CloseReason : whenGone));
            await from.DrainAsync();
            return;
        }
        catch (Exception fault) when (WebSocketPeer.IsGone(fault))
        {
            // Handled below, as an end of stream.
        }
        catch
        {
            Note(CloseReason.Fault);
            Abort();
            throw;
        }

        Note(whenGone);
        Within(times.Close);
        await to.CloseAsync(whenGone);
    }

    // A peer that accepts no more data is gone, which the other direction notices; this one continues until the sender is closed.
    private static async ValueTask PassAsync(FramePart part, WebSocketPeer to)
    {
        try
        {
            await to.WriteAsync(part, CancellationToken.None);
        }
        catch (Exception fault) when (WebSocketPeer.IsGone(fault))
        {
            to.Abort();
        }
    }

    private void Note(CloseReason reason) => Interlocked.CompareExchange(ref _reason, reason, null);

    private void Within(TimeSpan rest)
    {
        var at = time.GetTimestamp() + time.ToTimestamps(rest);
        for (var known = Volatile.Read(ref _abortAt); at < known; known = Volatile.Read(ref _abortAt))
        {
            if (Interlocked.CompareExchange(ref _abortAt, at, known) == known)
            {
                return;
            }
        }
    }
}
