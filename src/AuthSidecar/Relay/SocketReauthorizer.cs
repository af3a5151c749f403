using AuthSidecar.ExtAuthz;
using AuthSidecar.Pipeline;
using AuthSidecar.SocketLeases;

namespace AuthSidecar.Relay;

/// <summary>Judges open sockets again, by the steps that let them through but for those that take something. Who would be refused now is closed with the refusal's code; that nothing can be found out now is no reason.</summary>
internal sealed partial class SocketReauthorizer(CheckPipeline pipeline, ISocketLeases leases, RelayTimes times, TimeProvider time, ILogger<SocketReauthorizer> logger)
{
    // Enough for a store or a permission service to be kept busy, and not more.
    private const int AtOnce = 16;

    private readonly CheckPipeline _pipeline = pipeline.WithoutCharges();
    private readonly ParallelOptions _parallel = new() { MaxDegreeOfParallelism = AtOnce };

    public Task ReauthorizeAsync(IEnumerable<RelayedSocket> sockets) => Parallel.ForEachAsync(sockets, _parallel, async (socket, _) => await ReauthorizeAsync(socket));

    public Task RenewAsync(IEnumerable<RelayedSocket> sockets) => Parallel.ForEachAsync(sockets, _parallel, async (socket, _) =>
    {
        socket.RenewAt = After(times.Renewal);
        await leases.RenewAsync(socket.Lease!);
    });

    public async Task ReauthorizeAsync(RelayedSocket socket)
    {
        socket.ReauthorizeAt = After(times.Reauthorization);
        var check = new CheckContext(socket.Request, socket.DecisionId);
        var refusal = await AskAsync(check);
        if (refusal is null && check.Policy.Options.Relay == socket.Relay && check.Policy.Public is null)
        {
            socket.Authorization = AuthorizationSnapshot.Of(check);
        }
        else if (refusal is null)
        {
            socket.Close(CloseReason.RelayChanged);
        }
        else if (IsFinal(refusal))
        {
            socket.Close(CloseReason.Of(refusal));
        }
        else
        {
            socket.ReauthorizeAt = After(times.ReauthorizationAfterOutage);
        }
    }

    /// <summary>The timestamp after so long.</summary>
    public long After(TimeSpan span) => time.GetTimestamp() + (long)(span.TotalSeconds * time.TimestampFrequency);

    // An outage says nothing about the caller, and neither does a flood from the caller's address. That authentication is switched off is no outage.
    private static bool IsFinal(Denial refusal) =>
        refusal.Is(Denials.BearerAuthDisabled) || refusal.Status is < StatusCodes.Status500InternalServerError and not StatusCodes.Status429TooManyRequests;

    private async Task<Denial?> AskAsync(CheckContext check)
    {
        try
        {
            var decision = await _pipeline.RunAsync(check, CancellationToken.None).AsTask().WaitAsync(Decider.Longest, time);
            return decision.Refusal;
        }
        catch (Exception fault)
        {
            LogFault(fault, check.DecisionId);
            return Denials.InternalError;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The socket of decision {DecisionId} could not be judged again; it stays open and is judged soon.")]
    private partial void LogFault(Exception fault, string decisionId);
}
