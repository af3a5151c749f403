using AuthSidecar.Access.Companion;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Pipeline;
using AuthSidecar.V1;
using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static AuthSidecar.Usage.Pipeline.UsageValues;
using static AuthSidecar.Usage.Recording.RecordRules;

namespace AuthSidecar.Usage.Recording;

/// <summary>Stores records of requests that do not pass through Envoy. An answered record is committed.</summary>
internal sealed partial class RecorderService(
    RecordStore records,
    RecorderResponses responses,
    UsageOptions usage,
    TimeProvider time,
    ILogger<RecorderService> logger
) : Recorder.RecorderBase
{
    private const string BadInterceptionId = "failed to parse interception_id: it is not a UUID.";

    private bool KeepsTexts => usage.RecordText;

    public override Task<RecordInterceptionResponse> RecordInterception(RecordInterceptionRequest request, ServerCallContext context) =>
        responses.AnswerAsync<RecordInterceptionResponse>(RecordKind.InterceptionStart, context, () =>
        {
            var id = Id(request.Id, "invalid interception ID: it is not a UUID.");
            var initiator = Id(request.InitiatorId, "invalid initiator ID: it is not a UUID.");
            var apiKey = Name(request.ApiKeyId, "api_key_id");
            if (apiKey.Length == 0)
            {
                throw CompanionErrors.Malformed("empty API key ID.");
            }

            var provider = Name(request.Provider, "provider");
            var providerName = Name(request.ProviderName.Trim(), "provider_name");
            var model = Name(request.Model, "model");
            var client = NullIfEmpty(Name(request.Client, "client"));
            var session = NullIfEmpty(Name(request.ClientSessionId, "client_session_id"));
            var toolCall = NullIfEmpty(Name(request.CorrelatingToolCallId, "correlating_tool_call_id"));
            var hint = NullIfEmpty(RedactedText.Of(Name(request.CredentialHint, "credential_hint")));
            var firewall = request.HasAgentFirewallSessionId ? TryId(request.AgentFirewallSessionId) : null;
            if (request.HasAgentFirewallSessionId && firewall is null)
            {
                LogBadFirewallId(id);
            }

            if (request.UserAgent.Length > 0 && request.Metadata.ContainsKey(MetadataText.UserAgentName))
            {
                LogOverwritten(id);
            }

            var metadata = Metadata(request.Metadata, id, Cut(request.UserAgent, LongestUserAgent));
            var startedAt = Plausible(request.StartedAt, "started_at", id, CanBeStart);
            return records.StartAsync(id, toolCall, request.UserAgent, (parent, root) => new()
                {
                    Id = id,
                    InitiatorId = initiator,
                    ApiKeyId = apiKey,
                    Provider = provider,
                    ProviderName = providerName.Length > 0 ? providerName : provider,
                    Model = model,
                    Metadata = metadata,
                    Client = client,
                    ClientSessionId = session,
                    ParentId = parent,
                    RootId = root,
                    CredentialKind = request.CredentialKind == "byok" ? "byok" : "centralized",
                    CredentialHint = hint,
                    FirewallSessionId = firewall,
                    FirewallSequence = request.HasAgentFirewallSequenceNumber ? request.AgentFirewallSequenceNumber : null,
                    StartedAt = startedAt,
                });
        });

    public override Task<RecordInterceptionEndedResponse> RecordInterceptionEnded(
        RecordInterceptionEndedRequest request,
        ServerCallContext context
    ) => responses.AnswerAsync<RecordInterceptionEndedResponse>(RecordKind.InterceptionEnd, context, () =>
        {
            var id = Id(request.Id, "invalid interception ID: it is not a UUID.");
            var endedAt = Plausible(request.EndedAt, "ended_at", id, CanBeEnd);
            var hint = NullIfEmpty(RedactedText.Of(Name(request.CredentialHint, "credential_hint")));
            var errorType = NullIfEmpty(Name(request.ErrorType, "error_type"));
            var errorMessage = RedactedText.Error(Text(request.ErrorMessage, "error_message"));
            return records.EndAsync(id, interception =>
            {
                if (endedAt < interception.StartedAt)
                {
                    LogEndedBefore(id);
                }

                interception.EndedAt = endedAt > interception.StartedAt ? endedAt : interception.StartedAt;
                interception.CredentialHint = hint ?? interception.CredentialHint;
                interception.ErrorType = errorType;
                interception.ErrorMessage = errorMessage;
            });
        });

    public override Task<RecordTokenUsageResponse> RecordTokenUsage(RecordTokenUsageRequest request, ServerCallContext context) =>
        responses.AnswerAsync<RecordTokenUsageResponse>(RecordKind.TokenUsage, context, () =>
        {
            var id = Id(request.InterceptionId, BadInterceptionId);
            var message = Name(request.MsgId, "msg_id");
            var input = Tokens(request.InputTokens, "input_tokens");
            var output = Tokens(request.OutputTokens, "output_tokens");
            var cacheRead = Tokens(request.CacheReadInputTokens, "cache_read_input_tokens");
            var cacheWrite = Tokens(request.CacheWriteInputTokens, "cache_write_input_tokens");
            var metadata = Metadata(request.Metadata, id);
            var createdAt = Time(request.CreatedAt, "created_at", Instant.Now(time));
            return records.AddAsync(id, request.CreatedAt is not null, () => new TokenUsage
                {
                    InterceptionId = id,
                    MsgId = message,
                    InputTokens = input,
                    OutputTokens = output,
                    CacheReadTokens = cacheRead,
                    CacheWriteTokens = cacheWrite,
                    Metadata = metadata,
                    CreatedAt = createdAt,
                });
        });

    public override Task<RecordPromptUsageResponse> RecordPromptUsage(RecordPromptUsageRequest request, ServerCallContext context) =>
        responses.AnswerAsync<RecordPromptUsageResponse>(RecordKind.PromptUsage, context, () =>
        {
            var id = Id(request.InterceptionId, BadInterceptionId);
            var message = Name(request.MsgId, "msg_id");
            var prompt = Text(request.Prompt, "prompt");
            var metadata = Metadata(request.Metadata, id);
            var createdAt = Time(request.CreatedAt, "created_at", Instant.Now(time));
            return !KeepsTexts ? records.DropAsync(id) : records.AddAsync(id, request.CreatedAt is not null, () => new PromptUsage
                    {
                        InterceptionId = id,
                        MsgId = message,
                        Prompt = prompt,
                        Metadata = metadata,
                        CreatedAt = createdAt,
                    });
        });

    public override Task<RecordToolUsageResponse> RecordToolUsage(RecordToolUsageRequest request, ServerCallContext context) =>
        responses.AnswerAsync<RecordToolUsageResponse>(RecordKind.ToolUsage, context, () =>
        {
            var id = Id(request.InterceptionId, BadInterceptionId);
            var message = Name(request.MsgId, "msg_id");
            var server = request.HasServerUrl ? Text(request.ServerUrl, "server_url") : null;
            var tool = Name(request.Tool, "tool");
            var input = Text(request.Input, "input");
            var error = request.HasInvocationError ? Text(request.InvocationError, "invocation_error") : null;
            var toolCall = NullIfEmpty(Name(request.ToolCallId, "tool_call_id"));
            var item = NullIfEmpty(Name(request.ItemId, "item_id"));
            var metadata = Metadata(request.Metadata, id);
            var createdAt = Time(request.CreatedAt, "created_at", Instant.Now(time));
            return !KeepsTexts ? records.DropAsync(id) : records.AddAsync(id, request.CreatedAt is not null, () => new ToolUsage
                    {
                        InterceptionId = id,
                        MsgId = message,
                        ServerUrl = server,
                        Tool = tool,
                        Input = input,
                        IsInjected = request.Injected,
                        InvocationError = error,
                        ToolCallId = toolCall,
                        ItemId = item,
                        Metadata = metadata,
                        CreatedAt = createdAt,
                    });
        });

    public override Task<RecordModelThoughtResponse> RecordModelThought(RecordModelThoughtRequest request, ServerCallContext context) =>
        responses.AnswerAsync<RecordModelThoughtResponse>(RecordKind.ModelThought, context, () =>
        {
            var id = Id(request.InterceptionId, BadInterceptionId);
            var content = Text(request.Content, "content");
            var metadata = Metadata(request.Metadata, id);
            var createdAt = Time(request.CreatedAt, "created_at", Instant.Now(time));
            return !KeepsTexts ? records.DropAsync(id) : records.AddAsync(id, request.CreatedAt is not null, () => new ModelThought
                    {
                        InterceptionId = id,
                        Content = content,
                        Metadata = metadata,
                        CreatedAt = createdAt,
                    });
        });

    private string Metadata(MapField<string, Any> metadata, string id, string userAgent = "")
    {
        var text = MetadataText.Of(metadata, userAgent, out var skipped);
        if (skipped > 0)
        {
            LogSkipped(skipped, id);
        }

        return text.Length <= LongestMetadata
            ? text
            : throw CompanionErrors.Malformed(
                $"metadata is longer than {LongestMetadata} characters as JSON; send less, or nothing, of it."
            );
    }

    // A record keeps the client's time, which identifies repetitions. An interception's time decides the month that is charged, so it is
    // checked.
    private DateTimeOffset Plausible(Timestamp? sent, string field, string id, Func<DateTimeOffset, DateTimeOffset, bool> canBe)
    {
        var now = Instant.Now(time);
        var moment = Time(sent, field, now);
        if (canBe(moment, now))
        {
            return moment;
        }

        LogWrongClock(field, id);
        return now;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Interception {Id}: agent_firewall_session_id is not a UUID; ignoring it.")]
    private partial void LogBadFirewallId(string id);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Interception {Id}: user_agent replaces request_user_agent of the metadata.")]
    private partial void LogOverwritten(string id);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Interception {Id}: {Count} metadata entries are not a google.protobuf.Value representable in JSON; ignoring them."
    )]
    private partial void LogSkipped(int count, string id);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Interception {Id}: {Field} is more than 5 minutes ahead of this clock, or a start more than 24 hours behind it; "
            + "using the time of arrival."
    )]
    private partial void LogWrongClock(string field, string id);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Interception {Id} ended before it started; using a duration of 0.")]
    private partial void LogEndedBefore(string id);
}
