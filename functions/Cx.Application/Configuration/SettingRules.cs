using System.ComponentModel.DataAnnotations;
using Azure.Messaging.ServiceBus;
using Cx.Application.Privacy;
using Npgsql;

namespace Cx.Application.Configuration;

/// <summary>A key that opens every shop, long enough not to be guessed.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class AdminKeyRuleAttribute() : MinLengthAttribute(Minimum)
{
    /// <summary>Characters.</summary>
    public const int Minimum = 20;

    public override string FormatErrorMessage(string name) => $"it opens everything: use at least {Minimum} characters.";
}

/// <summary>A master key in one of the forms of <see cref="InstallationKeys.FromMasterKey"/>.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MasterKeyRuleAttribute : ValidationAttribute
{
    public const string Form = "32 random bytes in base64 (openssl rand -base64 32). Without it the personal data in the database cannot be read again";

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        try
        {
            _ = value is string given ? InstallationKeys.FromMasterKey(given) : null;
            return ValidationResult.Success;
        }
        catch (UnusableKeysException e)
        {
            return new(e.Message.Replace(InstallationKeys.Setting + " ", "", StringComparison.Ordinal));
        }
    }
}

/// <summary>A connection string that Npgsql reads and that names a server.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PostgresRuleAttribute : ValidationAttribute
{
    public override bool IsValid(object? value)
    {
        try
        {
            return value is null || new NpgsqlConnectionStringBuilder((string)value) is { Host.Length: > 0 };
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException)
        {
            return false;
        }
    }

    public override string FormatErrorMessage(string name) => "a connection string: Host=…;Database=…;Username=…;SSL Mode=VerifyFull.";
}

/// <summary>A connection string that the Service Bus client reads.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ServiceBusRuleAttribute : ValidationAttribute
{
    public override bool IsValid(object? value)
    {
        try
        {
            return value is null || ServiceBusConnectionStringProperties.Parse((string)value).Endpoint is not null;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    public override string FormatErrorMessage(string name) => "a connection string: Endpoint=sb://…;SharedAccessKeyName=…;SharedAccessKey=….";
}
