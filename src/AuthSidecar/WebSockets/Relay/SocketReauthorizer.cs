using AuthSidecar.Access.ParallelLimits;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Service;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.WebSockets.Leases;

namespace AuthSidecar.WebSockets.Relay;

/// <summary>
/// Repeats the decision on open sockets, without the steps that charge. A socket that would be denied now is closed with the denial's code;
/// an outage closes none, because the earlier decision still stands.
/// </summary>
internal sealed partial class SocketReauthorizer(
    CheckPipeline pipeline,
    ISocketLeases leases,
    IRequestLeases requests,
    RelayTimeouts times,
    TimeProvider time,
    ILogger<SocketReauthorizer> logger
)
{
    // Enough to keep a store or a permission service busy without overloading it.
    private const int MaxParallel = 16;

    private readonly CheckPipeline _pipeline = pipeline.WithoutAcquisitions();
    private readonly ParallelOptions _parallel = new() { MaxDegreeOfParallelism = MaxParallel };

    public Task ReauthorizeAsync(IEnumerable<RelayedSocket> sockets) =>
        Parallel.ForEachAsync(sockets, _parallel, async (socket, _) => await ReauthorizeAsync(socket));

    public Task RenewAsync(IEnumerable<RelayedSocket> sockets) => Parallel.ForEachAsync(sockets, _parallel, async (socket, _) =>
        {
            socket.RenewAt = After(times.Renewal);
            if (socket.IsCounted)
            {
                requests.Renew(socket.DecisionId);
            }

            if (socket.Lease is { } lease)
            {
                await leases.RenewAsync(lease);
            }
        });

    public async Task ReauthorizeAsync(RelayedSocket socket)
    {
        socket.ReauthorizeAt = After(times.Reauthorization);
        var check = new CheckContext(socket.Request, socket.DecisionId);
        var denial = await DecideAsync(check);
        if (denial is null && check.Policy.Options.Relay == socket.Relay && check.Policy.Public is null)
        {
            socket.Authorization = AuthorizationSnapshot.Of(check);
        }
        else if (denial is null)
        {
            socket.Close(CloseReason.RelayChanged);
        }
        else if (IsFinal(denial))
        {
            socket.Close(CloseReason.Of(denial));
        }
        else
        {
            socket.ReauthorizeAt = After(times.ReauthorizationAfterOutage);
        }
    }

    /// <summary>The timestamp <paramref name="span"/> from now.</summary>
    public long After(TimeSpan span) => time.GetTimestamp() + time.ToTimestamps(span);

    // An outage or a flood from the caller's address says nothing about the caller. Authentication switched off is a setting, not an
    // outage.
    private static bool IsFinal(Denial denial) =>
        denial.Is(Denials.BearerAuthDisabled)
        || denial.Status is < StatusCodes.Status500InternalServerError and not StatusCodes.Status429TooManyRequests;

    private async Task<Denial?> DecideAsync(CheckContext check)
    {
        try
        {
            var decision = await _pipeline.RunAsync(check, CancellationToken.None).AsTask().WaitAsync(DecisionService.Longest, time);
            return decision.Denial;
        }
        catch (Exception fault)
        {
            LogFault(fault, check.DecisionId);
            return Denials.InternalError;
        }
    }

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Reauthorization of the relayed WebSocket of decision {DecisionId} failed; keeping it open and retrying."
    )]
    private partial void LogFault(Exception fault, string decisionId);
}
