using AuthSidecar.Pipeline;

namespace AuthSidecar.Relay;

/// <summary>An open WebSocket between a client and its upstream. Both directions are pumped until both ends have said close, or their time is over.</summary>
internal sealed class RelayedSocket(WebSocketPeer client, WebSocketPeer upstream, RelayTimes times, TimeProvider time)
{
    private readonly long _opened = time.GetTimestamp();
    private long _abortAt = long.MaxValue;
    private CloseReason? _ending;
    private volatile bool _isClosing;
    private volatile AuthorizationSnapshot? _standing;

    /// <summary>What let it through.</summary>
    public required string DecisionId { get; init; }

    /// <summary>What is asked when it is judged again.</summary>
    public required InboundRequest Request { get; init; }

    /// <summary>The address of the policy that it was let through to.</summary>
    public required string Relay { get; init; }

    /// <summary>Its place among its caller's sockets, or null.</summary>
    public SocketLease? Lease { get; init; }

    /// <summary>On what it rests; replaced by each judgement.</summary>
    public required AuthorizationSnapshot Authorization
    {
        get => _standing!;
        set => _standing = value;
    }

    /// <summary>The clock's timestamp at which it is to be judged again.</summary>
    public long ReauthorizeAt { get; set; }

    /// <summary>The clock's timestamp at which its lease is to be renewed.</summary>
    public long RenewAt { get; set; }

    /// <summary>The relay has ended it.</summary>
    public bool IsClosing => _isClosing;

    public TimeSpan Age => time.GetElapsedTime(_opened);

    /// <returns>Why it ended.</returns>
    public async Task<CloseReason> RunAsync()
    {
        await Task.WhenAll(PumpAsync(client, upstream, CloseReason.ClientGone), PumpAsync(upstream, client, CloseReason.UpstreamGone));
        return _ending ?? CloseReason.Closed;
    }

    /// <summary>Closes both ends, in a bounded time.</summary>
    /// <param name="ending">What the client is told.</param>
    /// <param name="upstreamEnding">What the upstream is told; null: that the client is gone.</param>
    public void Close(CloseReason ending, CloseReason? upstreamEnding = null)
    {
        Note(ending);
        _isClosing = true;
        Within(times.Close);
        _ = client.CloseAsync(ending);

        // Of thousands that are cut at once, no client waits for another's upstream.
        ThreadPool.QueueUserWorkItem(static close => _ = close.upstream.CloseAsync(close.told), (upstream, told: upstreamEnding ?? CloseReason.ClientGone), preferLocal: false);
    }

    /// <summary>Looks at every clock of the socket.</summary>
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

        foreach (var end in (ReadOnlySpan<WebSocketPeer>)[client, upstream])
        {
            if (!end.Probe(times))
            {
                end.Abort();
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
            // As if it had ended.
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

    // An end that takes nothing any more is gone, which the other direction finds out; this one goes on until the sender hears of it.
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

    private void Note(CloseReason ending) => Interlocked.CompareExchange(ref _ending, ending, null);

    private void Within(TimeSpan rest)
    {
        var at = time.GetTimestamp() + (long)(rest.TotalSeconds * time.TimestampFrequency);
        for (var known = Volatile.Read(ref _abortAt); at < known; known = Volatile.Read(ref _abortAt))
        {
            if (Interlocked.CompareExchange(ref _abortAt, at, known) == known)
            {
                return;
            }
        }
    }
}
