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
/// Runs the whole path before the first real request: sockets, framing, the pipeline with a look-up in the store, and an Allow that is
/// discarded.
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

    /// <summary>Allows that were made and discarded.</summary>
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

            // Read of callers who have a budget alone, and a first read takes longer than Envoy waits.
            await budgets.ReadSpentAsync([new(BudgetScope.User, "", budgets.Month)], limit.Token);
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            LogCold(fault);
        }

        // A start allocates far more than it keeps, and no request waits for the pause yet.
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
            var request = CheckRequestReader.Read(Question(policy.Name, token).ToByteArray());
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

    // Unknown keys, for the longest path: to the store once, then through the cache.
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
                Question(policy, token),
                deadline: time.GetUtcNow().UtcDateTime + _longest,
                cancellationToken: cancellationToken
            );
        }
    }

    private static CheckRequest Question(string policy, string token = "")
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "The warm-up did not finish; the first requests will be slower.")]
    private partial void LogCold(Exception fault);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Warm after {Duration}.")]
    private partial void LogWarm(TimeSpan duration);

    /// <summary>In place of authentication in the warm-up's own pipeline, which no listener leads to.</summary>
    private sealed class WarmUpIdentityStep : ICheckStep
    {
        private readonly Identity _identity = new("warm-up", SubjectType.Account, Guid.Empty.ToString(), "warm-up", ["full"], null, null)
        {
            // Counted as any other, and never over it.
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
