using AuthSidecar.Access.Authentication;
using AuthSidecar.Access.Policies;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Service;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Envoy.ExtAuthz;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Hosting;
using AuthSidecar.Platform.Redis;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Budgets;
using Envoy.Service.Auth.V3;
using Google.Protobuf;
using Grpc.Net.Client;

namespace AuthSidecar.Administration.Composition;

/// <summary>
/// Runs decisions through the whole path before the process reports ready: sockets, framing, the pipeline with a store lookup, and
/// discarded Allows.
/// </summary>
internal sealed partial class WarmUp(
    WarmUpTransport transport,
    CheckPipeline pipeline,
    CheckResponseWriter writer,
    ApiKeyAuthenticator keys,
    BudgetReader budgets,
    LiveOptions<PolicySet> policies,
    TimeProvider time,
    ILoggerFactory logging,
    RedisCircuitBreaker? redis = null
)
{
    private const int Calls = 300;
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(10);

    private readonly ILogger<WarmUp> _logger = logging.CreateLogger<WarmUp>();

    /// <summary>Number of discarded Allows.</summary>
    public int Allows { get; private set; }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_longest);
        var started = time.GetTimestamp();
        try
        {
            await keys.AuthenticateAsync(KeyToken.Generate(TokenFamily.Ask), limit.Token);
            if (redis is not null)
            {
                await redis.WarmUpAsync(limit.Token);
            }

            await AllowAsync(limit.Token);
            await CallAsync(limit.Token);

            // Only callers with a budget need this read; its first run takes longer than Envoy waits.
            await budgets.ReadSpentAsync([new(BudgetScope.User, "", budgets.Month)], limit.Token);
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            LogCold(fault);
        }

        // A start leaves much garbage, and no request waits for the pause yet.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var duration = time.GetElapsedTime(started);
        LogWarm(duration);
    }

    // The identity is in no store, and the answer is discarded.
    private async Task AllowAsync(CancellationToken cancellationToken)
    {
        var policy = policies.Current.Policies.FirstOrDefault(policy => policy is { Public: null, App: null });
        if (policy is null)
        {
            return;
        }

        var token = KeyToken.Generate(TokenFamily.Ask);
        var steps = pipeline.Steps.Select(step => step is AuthenticateStep ? new WarmUpIdentityStep() : step);
        var decisions = new DecisionService(new([.. steps]), new(time, Stream.Null), time, logging.CreateLogger<DecisionService>());
        for (var i = 0; i < Calls && !cancellationToken.IsCancellationRequested; i++)
        {
            var request = CheckRequestReader.Read(NewRequest(policy.Name, token).ToByteArray());
            if (!await decisions.DecideAsync(request, default(LongestDeadline), WriteAllow))
            {
                return;
            }

            Allows++;
        }
    }

    private bool WriteAllow(CheckContext check, Decision decision)
    {
        _ = writer.Write(check, decision).ToMessage();
        return decision is Decision.Allow;
    }

    // An unknown key takes the longest path: once to the store, then to the cache.
    private async Task CallAsync(CancellationToken cancellationToken)
    {
        using var channel = GrpcChannel.ForAddress(
            "http://warm-up",
            new()
            {
                HttpHandler = new SocketsHttpHandler { ConnectCallback = (_, cancelled) => transport.ConnectAsync(cancelled) },
                DisposeHttpClient = true,
            }
        );
        var client = new global::Envoy.Service.Auth.V3.Authorization.AuthorizationClient(channel);
        var policy = policies.Current.Policies.FirstOrDefault(policy => policy.Public is null)?.Name ?? "";
        var token = KeyToken.Generate(TokenFamily.Ask);
        for (var i = 0; i < Calls; i++)
        {
            await client.CheckAsync(
                NewRequest(policy, token),
                deadline: time.GetUtcNow().UtcDateTime + _longest,
                cancellationToken: cancellationToken
            );
        }
    }

    private static CheckRequest NewRequest(string policy, string token = "")
    {
        var http = new AttributeContext.Types.HttpRequest
        {
            Method = "GET",
            Path = "/warm-up",
            Host = "warm-up",
            HeaderMap = new(),
        };
        if (token.Length > 0)
        {
            http.HeaderMap.Headers.Add(
                new global::Envoy.Config.Core.V3.HeaderValue
                {
                    Key = "authorization",
                    RawValue = Google.Protobuf.ByteString.CopyFromUtf8($"Bearer {token}"),
                }
            );
        }

        return new()
        {
            Attributes = new()
            {
                Request = new() { Http = http },
                ContextExtensions = { ["policy"] = policy },
            },
        };
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Warm-up incomplete; the first requests are slower.")]
    private partial void LogCold(Exception fault);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Warm-up ended after {Duration}.")]
    private partial void LogWarm(TimeSpan duration);

    /// <summary>Replaces authentication in the warm-up's own pipeline, which no listener uses.</summary>
    private sealed class WarmUpIdentityStep : ICheckStep
    {
        private readonly Identity _identity = new("warm-up", SubjectType.Account, Guid.Empty.ToString(), "warm-up", ["full"], null, null)
        {
            // Counted, but never exhausted.
            Limit = new(int.MaxValue, TimeSpan.FromMilliseconds(1)),
        };

        public string Name => "authenticate";

        public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
        {
            context.Identity = _identity;
            return new(StepResult.Continue);
        }
    }
}
