using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.TestSupport.Corpus;
using Envoy.Service.Auth.V3;
using Google.Protobuf;

namespace AuthSidecar.TestSupport.Fuzz;

/// <summary>
/// Every Check request is answered: no exception, no Allow without a caller, no credential of the gateway in the forwarded request, and the
/// same decision in both encodings.
/// </summary>
internal sealed class ReaderTarget : FuzzTarget
{
    private readonly FuzzSidecar _sidecar;
    private readonly RequestMaker _maker;
    private readonly string[] _secrets;

    private ReaderTarget(FuzzSidecar sidecar)
    {
        _sidecar = sidecar;
        _secrets =
        [
            sidecar.Key.Token,
            FuzzSidecar.GatewayKey,
            FuzzSidecar.MasterKey,
            Tokens.Make("aso", "Nobody000001", "00000000000000000000000000000001"),
        ];
        _maker = new(_secrets, sidecar.Key.Key.Id, FuzzSidecar.GatewayKey);
    }

    public override string Name => "reader";

    public static async Task<ReaderTarget> OpenAsync() => new(await FuzzSidecar.StartAsync());

    public override async ValueTask TryAsync(Random random)
    {
        var request = _maker.Make(random);
        var raw = request.ToCheckRequest(joined: false);
        Require(GeneratedReader.Difference(raw.ToByteArray()) is null, "a message reads as the generated classes read it", Masked(request));
        var (answer, check) = await _sidecar.CheckAsync(raw);
        Answered(request, answer, check);

        Require(
            GeneratedReader.Difference(request.ToCheckRequest(joined: true).ToByteArray()) is null,
            "the joined encoding reads as the generated classes read it",
            Masked(request)
        );
        var (joined, joinedCheck) = await _sidecar.CheckAsync(request.ToCheckRequest(joined: true));
        Answered(request, joined, joinedCheck);
        if (request.IsAscii)
        {
            Require(
                Outcome(answer) == Outcome(joined),
                $"both encodings answer alike ({Outcome(answer)}, {Outcome(joined)})",
                Masked(request)
            );
        }

        await BrokenAsync(random, raw, request);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _sidecar.DisposeAsync();
    }

    // The bytes of a Check request with some changed: a message that is still readable is answered like any other.
    private async Task BrokenAsync(Random random, CheckRequest message, FuzzRequest request)
    {
        var bytes = message.ToByteArray();
        for (var count = random.Next(1, 5); count > 0 && bytes.Length > 0; count--)
        {
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        }

        bytes = bytes[..random.Next(bytes.Length + 1)];
        Require(GeneratedReader.Difference(bytes) is null, "broken bytes read as the generated classes read them", Masked(request));
        var (answer, check) = await _sidecar.CheckAsync(bytes);
        Require(IsDefinite(answer, check), "a broken message has a definite answer", Masked(request));
    }

    private void Answered(FuzzRequest request, CheckResponse answer, CheckContext check)
    {
        Require(IsDefinite(answer, check), "there is a definite answer", Masked(request));
        var metadata = answer.DynamicMetadata.Fields;
        Require(
            metadata["decision"].StringValue == (IsAllow(answer) ? "allow" : "deny"),
            "the metadata says what the answer does",
            Masked(request)
        );
        if (!IsAllow(answer))
        {
            Require(!_secrets.Any(answer.ToString().Contains), "a refusal holds no secret", Masked(request));
            return;
        }

        // The forwarded request without a user's own credential, which is passed on byte for byte.
        var view = UpstreamView.Of(request, answer.OkResponse);
        foreach (
            var header in view.Headers.Where(header =>
                !request.IsByok && header.Name is not ("x-app" or "sec-websocket-protocol" or ":path")
            )
        )
        {
            Require(!_secrets.Any(header.Value.Contains), $"{header.Name} holds no secret", Masked(request));
        }

        Require(
            !view.Subprotocols.Any(entry => entry.StartsWith("authsidecar.bearer.", StringComparison.Ordinal)),
            "no token subprotocol goes on",
            Masked(request)
        );
        Require(
            request.IsByok
                || !view.Parameters(request).Any(parameter => parameter.Name is "key" or "access_token" && IsToken(parameter.Value)),
            "no token in the query goes on",
            Masked(request)
        );

        Require(!view.Headers.Any(header => IsReserved(header.Name)), "nothing that only clients or gateways say goes on", Masked(request));
        Require(
            view.Headers.Where(header => header.Name.StartsWith("x-authsidecar-caller-", StringComparison.Ordinal))
                .All(header => header.IsOurs),
            "no forged identity goes on",
            Masked(request)
        );
    }

    private bool IsToken(string text) => text == _secrets[0] || text == _secrets[^1];

    private static bool IsReserved(string name) =>
        (name.StartsWith("x-authsidecar-", StringComparison.Ordinal) && !name.StartsWith("x-authsidecar-caller-", StringComparison.Ordinal))
        || name.StartsWith("x-coder-ai-g", StringComparison.Ordinal)
        || name is "proxy-authorization" or "x-ai-bridge-actor-id" or "x-envoy-upstream-stream-duration-ms";

    private static bool IsAllow(CheckResponse answer) => (answer.Status?.Code ?? 0) == 0;

    private static bool IsDefinite(CheckResponse answer, CheckContext check) =>
        answer switch
        {
            { Status: null } => false,
            { Status.Code: 0 } => answer.HttpResponseCase is CheckResponse.HttpResponseOneofCase.OkResponse
                && (check.Identity is not null || check.Policy.Public is not null),
            _ => answer.HttpResponseCase is CheckResponse.HttpResponseOneofCase.DeniedResponse
                && (int)answer.DeniedResponse.Status.Code is >= 400 and <= 599,
        };

    private static string Outcome(CheckResponse answer) =>
        $"{answer.DynamicMetadata.Fields["decision"].StringValue} {answer.DynamicMetadata.Fields["reason"].StringValue} "
        + $"{answer.DynamicMetadata.Fields["auth_mode"].StringValue}";

    private string Masked(FuzzRequest request) =>
        _secrets.Aggregate(request.ToString(), (text, secret) =>
            text.Replace(secret, $"{{secret {Array.IndexOf(_secrets, secret)}}}", StringComparison.Ordinal)
        );
}
