using AuthSidecar.Pipeline;

namespace AuthSidecar.Relay;

/// <summary>An open WebSocket between a client and its upstream. Both directions are pumped until both ends have said close, or their time is over.</summary>
internal sealed class RelayedSocket(SocketEnd client, SocketEnd upstream, RelayTimes times, TimeProvider time)
{
    private readonly long _opened = time.GetTimestamp();
    private long _abortAt = long.MaxValue;
    private Ending? _ending;
    private volatile bool _isEnding;
    private volatile Standing? _standing;

    /// <summary>What let it through.</summary>
    public required string DecisionId { get; init; }

    /// <summary>What is asked when it is judged again.</summary>
    public required InboundRequest Request { get; init; }

    /// <summary>The address of the policy that it was let through to.</summary>
    public required string Relay { get; init; }

    /// <summary>Its place among its caller's sockets, or null.</summary>
    public SocketLease? Lease { get; init; }

    /// <summary>On what it rests; replaced by each judgement.</summary>
    public required Standing Standing
    {
        get => _standing!;
        set => _standing = value;
    }

    /// <summary>The clock's timestamp at which it is to be judged again.</summary>
    public long JudgeAt { get; set; }

    /// <summary>The clock's timestamp at which its lease is to be renewed.</summary>
    public long RenewAt { get; set; }

    /// <summary>The relay has ended it.</summary>
    public bool IsEnding => _isEnding;

    public TimeSpan Age => time.GetElapsedTime(_opened);

    /// <returns>Why it ended.</returns>
    public async Task<Ending> RunAsync()
    {
        await Task.WhenAll(PumpAsync(client, upstream, Ending.ClientGone), PumpAsync(upstream, client, Ending.UpstreamGone));
        return _ending ?? Ending.Closed;
    }

    /// <summary>Closes both ends, in a bounded time.</summary>
    /// <param name="ending">What the client is told.</param>
    /// <param name="upstreamEnding">What the upstream is told; null: that the client is gone.</param>
    public void End(Ending ending, Ending? upstreamEnding = null)
    {
        Note(ending);
        _isEnding = true;
        Within(times.Close);
        _ = client.CloseAsync(ending);

        // Of thousands that are cut at once, no client waits for another's upstream.
        ThreadPool.QueueUserWorkItem(static close => _ = close.upstream.CloseAsync(close.told), (upstream, told: upstreamEnding ?? Ending.ClientGone), preferLocal: false);
    }

    /// <summary>Looks at every clock of the socket.</summary>
    public void Tick()
    {
        if (time.GetTimestamp() >= Volatile.Read(ref _abortAt))
        {
            Abort();
            return;
        }

        if (!_isEnding)
        {
            if (Standing.Identity.ExpiresAt is { } expiry && time.GetUtcNow() > expiry)
            {
                End(Ending.Of(Denials.TokenExpired));
            }
            else if (Standing.Longest is { } longest && Age >= longest)
            {
                End(Ending.TooLong);
            }
        }

        foreach (var end in (ReadOnlySpan<SocketEnd>)[client, upstream])
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

    private async Task PumpAsync(SocketEnd from, SocketEnd to, Ending whenGone)
    {
        try
        {
            while (await from.ReadAsync(CancellationToken.None) is { } part)
            {
                if (part.Opcode == Opcode.Close)
                {
                    Note(Ending.Closed);
                    Within(times.HalfClosed);
                    await PassAsync(part, to);
                    return;
                }

                await PassAsync(part, to);
            }
        }
        catch (FrameException wrong)
        {
            var isTooBig = wrong.Ending == Ending.MessageTooBig;
            Note(wrong.Ending);
            Within(times.Close);
            await Task.WhenAll(from.CloseAsync(wrong.Ending), to.CloseAsync(isTooBig ? wrong.Ending : whenGone));
            await from.DrainAsync();
            return;
        }
        catch (Exception fault) when (SocketEnd.IsGone(fault))
        {
            // As if it had ended.
        }
        catch
        {
            Note(Ending.Fault);
            Abort();
            throw;
        }

        Note(whenGone);
        Within(times.Close);
        await to.CloseAsync(whenGone);
    }

    // An end that takes nothing any more is gone, which the other direction finds out; this one goes on until the sender hears of it.
    private static async ValueTask PassAsync(FramePart part, SocketEnd to)
    {
        try
        {
            await to.WriteAsync(part, CancellationToken.None);
        }
        catch (Exception fault) when (SocketEnd.IsGone(fault))
        {
            to.Abort();
        }
    }

    private void Note(Ending ending) => Interlocked.CompareExchange(ref _ending, ending, null);

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
