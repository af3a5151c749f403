using System.Globalization;
using AuthSidecar.Platform.Storage;
using AuthSidecar.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace AuthSidecar.IntegrationTests.Recording;

/// <summary>All records of a service for one interception.</summary>
internal static class Records
{
    public const string Initiator = "0195d3c4-0000-7000-8000-0000000000aa";
    public const string Key = "abcdefghijkl";

    /// <summary>An hour ago, in whole microseconds, the store's precision.</summary>
    public static DateTimeOffset Start { get; } = Instant.Truncate(DateTimeOffset.UtcNow.AddHours(-1));

    /// <summary>The month of the start.</summary>
    public static string Month => Start.ToString("yyyyMM", CultureInfo.InvariantCulture);

    public static string NewId() => Guid.NewGuid().ToString("D");

    public static RecordInterceptionRequest Interception(string id) =>
        new()
        {
            Id = id,
            InitiatorId = Initiator,
            ApiKeyId = Key,
            Provider = "openai",
            ProviderName = "openai",
            Model = "gpt-5",
            Metadata = { ["key"] = Pack(Value.ForNumber(123.45)) },
            StartedAt = Timestamp.FromDateTimeOffset(Start),
            Client = "codex",
            UserAgent = "codex/1.2 (linux)",
            ClientSessionId = "session",
            CredentialKind = "byok",
            CredentialHint = "sk-...xyz",
            AgentFirewallSessionId = "0195D3C4-0000-7000-8000-0000000000FF",
            AgentFirewallSequenceNumber = 7,
        };

    public static RecordInterceptionEndedRequest End(string id, string? error = null)
    {
        var end = new RecordInterceptionEndedRequest { Id = id, EndedAt = At(1500) };
        if (error is not null)
        {
            end.ErrorType = error;
        }

        return end;
    }

    public static RecordTokenUsageRequest Tokens(string id, long input = 10, long output = 5, string message = "msg_1") =>
        new()
        {
            InterceptionId = id,
            MsgId = message,
            InputTokens = input,
            OutputTokens = output,
            CacheReadInputTokens = 3,
            CacheWriteInputTokens = 2,
            Metadata = { ["tier"] = Pack(Value.ForString("flex")) },
            CreatedAt = At(1000),
        };

    public static RecordPromptUsageRequest Prompt(string id) =>
        new()
        {
            InterceptionId = id,
            MsgId = "msg_1",
            Prompt = "What is it? 日本 😀",
            Metadata = { ["n"] = Pack(Value.ForNull()) },
            CreatedAt = At(10),
        };

    public static RecordToolUsageRequest Tool(string id, string toolCall = "call_1") =>
        new()
        {
            InterceptionId = id,
            MsgId = "msg_1",
            ServerUrl = "https://tools.example",
            Tool = "look_up",
            Input = """{"q":"it"}""",
            Injected = true,
            InvocationError = "timed out",
            Metadata =
            {
                ["list"] = Pack(Value.ForList(Value.ForBool(true), Value.ForStruct(new() { Fields = { ["deep"] = Value.ForNumber(1) } }))),
            },
            CreatedAt = At(20),
            ToolCallId = toolCall,
            ItemId = "item_1",
        };

    public static RecordModelThoughtRequest Thought(string id) =>
        new()
        {
            InterceptionId = id,
            Content = "It may be that.",
            Metadata = { ["a"] = Pack(Value.ForString("b")) },
            CreatedAt = At(30),
        };

    /// <summary>A time in milliseconds after the start.</summary>
    public static Timestamp At(double milliseconds) => Timestamp.FromDateTimeOffset(Start.AddMilliseconds(milliseconds));

    public static Any Pack(IMessage message) => Any.Pack(message);

    /// <returns>Code, reason and message of the error.</returns>
    public static async Task<(StatusCode Code, string Reason, string Message)> ErrorAsync(Func<Task> call)
    {
        var fault = await Assert.ThrowsAsync<RpcException>(call);
        var info = Assert.Single(fault.GetRpcStatus()!.Details).Unpack<Google.Rpc.ErrorInfo>();
        Assert.Equal("authsidecar", info.Domain);
        return (fault.StatusCode, info.Reason, fault.Status.Detail);
    }
}
