using AuthSidecar.Demo.Requests;

namespace AuthSidecar.Tests.Demo;

/// <summary>A client of the demo with scripted responses.</summary>
internal sealed class ScriptedClient(params Exchange[] answers) : IDemoClient
{
    private readonly Queue<Exchange> _answers = new(answers);

    public bool HasEnvoy => true;

    public int Requests { get; private set; }

    /// <summary>The next response; the last one repeats.</summary>
    public Task<Exchange> SendAsync(DemoCase request, CancellationToken cancellationToken)
    {
        Requests++;
        return Task.FromResult(_answers.Count > 1 ? _answers.Dequeue() : _answers.Peek());
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>Possible results of a request.</summary>
internal static class Exchanges
{
    public const string Decision = "01a2046a3c177a0baef3d88bc465527f";

    public static Exchange Allowed(params (string Name, string Value)[] upstream) =>
        new(
            new(200, new Dictionary<string, string> { ["x-authsidecar-decision-id"] = Decision }, ""),
            upstream.Append(("x-authsidecar-caller-decision-id", Decision)).ToDictionary()
        );

    public static Exchange Refused(int status, string? reason, string? decision = Decision) =>
        new(new(status, Headers(("x-authsidecar-reason", reason), ("x-authsidecar-decision-id", decision)), ""), null);

    private static Dictionary<string, string> Headers(params (string Name, string? Value)[] headers) =>
        headers.Where(header => header.Value is not null).ToDictionary(header => header.Name, header => header.Value!);
}
