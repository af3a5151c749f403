using Envoy.Config.Core.V3;
using Envoy.Service.Auth.V3;
using Envoy.Types.V3;
using Google.Protobuf.WellKnownTypes;

namespace AuthSidecar.TestSupport.Servers;

/// <summary>Scripts for <see cref="ScriptedAuthz"/>.</summary>
internal static class Answers
{
    public static CheckResponse Allow(Action<OkHttpResponse>? with = null)
    {
        var response = new CheckResponse
        {
            Status = new() { Code = 0 },
            OkResponse = new(),
            DynamicMetadata = Metadata("allow"),
        };
        with?.Invoke(response.OkResponse);
        return response;
    }

    public static CheckResponse Deny(int status, string body = "", params HeaderValueOption[] headers) =>
        new()
        {
            Status = new() { Code = 7 },
            DeniedResponse = new()
            {
                Status = new() { Code = (StatusCode)status },
                Body = body,
                Headers = { headers },
            },
            DynamicMetadata = Metadata("deny"),
        };

    /// <summary>"Overwrite" in the encodings of all Envoy releases.</summary>
    public static HeaderValueOption Overwrite(string name, string value) =>
        new()
        {
            Header = new() { Key = name, Value = value },
            Append = false,
            AppendAction = HeaderValueOption.Types.HeaderAppendAction.OverwriteIfExistsOrAdd,
        };

    private static Struct Metadata(string decision) =>
        new()
        {
            Fields =
            {
                ["decision_id"] = Value.ForString("d-1"),
                ["decision"] = Value.ForString(decision),
                ["policy"] = Value.ForString("p-1"),
                ["reason"] = Value.ForString("r-1"),
            },
        };
}
