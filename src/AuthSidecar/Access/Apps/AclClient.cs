using System.Net;
using System.Text.Json;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Access.Apps;

/// <summary>
/// Client of the permission service: <c>POST {Apps.AclUri}</c>, response 200 with <c>{"allowed": true|false}</c>. Any other response is a
/// failure.
/// </summary>
internal sealed partial class AclClient : IDisposable
{
    private const int LargestResponse = 64 * 1024;

    // Bounds the requests that wait for a hanging service.
    private const int MostRequests = 256;

    private static readonly JsonDocumentOptions _strict = new() { AllowDuplicateProperties = false };

    private readonly HttpClient _http = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        }
    )
    {
        Timeout = Timeout.InfiniteTimeSpan,
        MaxResponseContentBufferSize = LargestResponse,
    };

    private readonly InFlight _requests = new(MostRequests);
    private readonly LiveOptions<AppsOptions> _options;
    private readonly TimeProvider _time;
    private readonly ILogger<AclClient> _logger;
    private readonly OutageLog _outage;

    public AclClient(LiveOptions<AppsOptions> options, TimeProvider time, ILogger<AclClient> logger) =>
        (_options, _time, _logger, _outage) = (options, time, logger, new(time));

    /// <exception cref="NoVerdictException">No valid response in time, or too many requests in flight.</exception>
    public async Task<bool> IsAllowedAsync(AclRequest request)
    {
        if (!_requests.TryEnter())
        {
            throw new NoVerdictException($"{MostRequests} requests to the permission service are in flight.");
        }

        try
        {
            var allowed = await PostAsync(request);
            if (_outage.Recover() is { } outage)
            {
                LogAvailable(outage.Duration, outage.Failures);
            }

            return allowed;
        }
        catch (Exception fault)
            when (fault is HttpRequestException or OperationCanceledException or IOException or JsonException or NoVerdictException)
        {
            if (_outage.Fail())
            {
                LogUnavailable(fault);
            }

            throw fault as NoVerdictException ?? new NoVerdictException("The permission service did not answer.", fault);
        }
        finally
        {
            _requests.Leave();
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<bool> PostAsync(AclRequest request)
    {
        var apps = _options.Current;
        using var limit = new CancellationTokenSource(apps.AclTimeout, _time);
        using var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(request))
        {
            Headers = { ContentType = new("application/json") },
        };
        using var response = await _http.PostAsync(apps.AclUri, content, limit.Token);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw new NoVerdictException($"The permission service responded with status {(int)response.StatusCode}.");
        }

        using var body = JsonDocument.Parse(StrictJson.WithoutMark(await response.Content.ReadAsByteArrayAsync(limit.Token)), _strict);
        return
            body.RootElement is { ValueKind: JsonValueKind.Object } answer
            && answer.TryGetProperty("allowed", out var allowed)
            && allowed.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? allowed.GetBoolean()
            : throw new NoVerdictException("The permission service's response has no boolean \"allowed\".");
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Permission service unavailable; denying uncached requests with 503.")]
    private partial void LogUnavailable(Exception fault);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Permission service available again after {Duration}; {Failures} requests failed."
    )]
    private partial void LogAvailable(TimeSpan duration, long failures);
}
