using System.Net;
using System.Text.Json;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Access.Apps;

/// <summary>
/// Asks the permission service: <c>POST {Apps.AclUri}</c>, answered 200 with <c>{"allowed": true|false}</c>. All else is no answer.
/// </summary>
internal sealed partial class AclClient : IDisposable
{
    private const int LargestAnswer = 64 * 1024;

    // More at once wait for a service that hangs.
    private const int MostQuestions = 256;
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
        MaxResponseContentBufferSize = LargestAnswer,
    };

    private readonly InFlight _questions = new(MostQuestions);
    private readonly LiveOptions<AppsOptions> _options;
    private readonly TimeProvider _time;
    private readonly ILogger<AclClient> _logger;
    private readonly OutageLog _outage;

    public AclClient(LiveOptions<AppsOptions> options, TimeProvider time, ILogger<AclClient> logger) =>
        (_options, _time, _logger, _outage) = (options, time, logger, new(time));

    /// <exception cref="NoVerdictException">It did not answer in time, or not what it should.</exception>
    public async Task<bool> AskAsync(AclQuestion question)
    {
        if (!_questions.TryEnter())
        {
            throw new NoVerdictException($"The permission service has not answered {MostQuestions} questions yet.");
        }

        try
        {
            var allowed = await PostAsync(question);
            if (_outage.Recover() is { } outage)
            {
                LogAnswers(outage.Duration, outage.Failures);
            }

            return allowed;
        }
        catch (Exception fault)
            when (fault is HttpRequestException or OperationCanceledException or IOException or JsonException or NoVerdictException)
        {
            if (_outage.Fail())
            {
                LogSilent(fault);
            }

            throw fault as NoVerdictException ?? new NoVerdictException("The permission service did not answer.", fault);
        }
        finally
        {
            _questions.Leave();
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<bool> PostAsync(AclQuestion question)
    {
        var apps = _options.Current;
        using var limit = new CancellationTokenSource(apps.AclTimeout, _time);
        using var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(question))
        {
            Headers = { ContentType = new("application/json") },
        };
        using var response = await _http.PostAsync(apps.AclUri, content, limit.Token);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw new NoVerdictException($"The permission service answered with {(int)response.StatusCode}.");
        }

        using var body = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(limit.Token), _strict);
        return
            body.RootElement is { ValueKind: JsonValueKind.Object } answer
            && answer.TryGetProperty("allowed", out var allowed)
            && allowed.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? allowed.GetBoolean()
            : throw new NoVerdictException("The permission service's answer has no boolean \"allowed\".");
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The permission service cannot be asked; requests that need it are refused with 503.")]
    private partial void LogSilent(Exception fault);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "The permission service answers again after {Duration}; {Failures} questions failed."
    )]
    private partial void LogAnswers(TimeSpan duration, long failures);
}
